import { useText } from '../i18n/context';

export function SearchHelp() {
  const { t } = useText();
  return (
    <div class="search-help">
      <h2>{t.searchHelp}</h2>
      <dl>
        {t.help.map(([example, meaning]) => (
          <div key={example}>
            <dt><code>{example}</code></dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
