import { useState } from 'preact/hooks';
import { Check } from '../ui/check';
import { shortcutsOn, switchShortcuts } from './shortcuts';
import { useFilingWords } from './words';

export function ShortcutList() {
  const w = useFilingWords();
  const [on, setOn] = useState(shortcutsOn);
  return (
    <div class="shortcuts">
      <p class="fine">{w.shortcutsLead}</p>
      <dl>
        {w.shortcuts.map(([keys, meaning]) => (
          <div key={keys}>
            <dt>{keys.split('  ').map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <Check
        label={w.shortcutsSwitch}
        checked={on}
        onChange={(next) => {
          switchShortcuts(next);
          setOn(next);
        }}
      />
    </div>
  );
}
