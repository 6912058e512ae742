// Tokens for programs. A new one is shown this once.
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, useState } from 'preact/hooks';
import { valueOf } from '../account/field';
import { createToken, deleteToken, listTokens, type ApiToken, type Scope } from '../api/account';
import { asProblem } from '../api/problem';
import type { User } from '../api/types';
import { useText } from '../i18n/context';
import { useFormats } from '../i18n/use_formats';
import { Check } from '../ui/check';
import { Panel } from '../ui/panel';
import { Complaint, Failure, Loading } from '../ui/states';
import { TextField } from '../ui/text_field';
import { useToast } from '../ui/toast';
import { useSettingsWords } from './words';

const kTokensKey = ['tokens'] as const;
const kScopes: readonly Scope[] = ['read', 'write', 'admin'];

export function TokensPanel({ user }: { user: User }) {
  const w = useSettingsWords();
  const { explain } = useText();
  const client = useQueryClient();
  const [made, setMade] = useState<string | null>(null);
  const tokens = useQuery({ queryKey: kTokensKey, queryFn: ({ signal }) => listTokens(signal) });
  const refresh = () => client.invalidateQueries({ queryKey: kTokensKey });
  const remove = useMutation({ mutationFn: deleteToken, onSuccess: refresh });
  return (
    <Panel title={w.tokens} lead={w.tokensLead}>
      {tokens.isPending && <Loading />}
      {tokens.isError && <Failure error={tokens.error} onRetry={() => void tokens.refetch()} />}
      {tokens.data?.length === 0 && <p class="fine">{w.noTokens}</p>}
      {tokens.data && tokens.data.length > 0 && (
        <ul class="rows">{tokens.data.map((token) => <Row key={token.id} token={token} onRemove={() => remove.mutate(token.id)} />)}</ul>
      )}
      {remove.isError && <Complaint>{explain(asProblem(remove.error))}</Complaint>}
      {made && <Made token={made} />}
      <NewToken
        scopes={user.role === 'admin' ? kScopes : kScopes.slice(0, 2)}
        onMade={(token) => {
          setMade(token);
          void refresh();
        }}
      />
    </Panel>
  );
}

function Row({ token, onRemove }: { token: ApiToken; onRemove: () => void }) {
  const w = useSettingsWords();
  const { format } = useText();
  const more = useFormats();
  const words = [
    token.scopes.map((scope) => w.scopeNames[scope]).join(', '),
    token.lastUsedAt ? w.used(more.moment(token.lastUsedAt)) : w.never,
    token.expiresAt && w.validUntil(format.date(token.expiresAt)),
  ];
  return (
    <li>
      <span class="grow">
        <b>{token.name}</b> <code>{token.prefix}…</code>
        <br />
        <span class="fine">{words.filter(Boolean).join(' · ')}</span>
      </span>
      <button type="button" class="button" aria-label={w.removeToken(token.name)} onClick={onRemove}>{w.remove}</button>
    </li>
  );
}

function Made({ token }: { token: string }) {
  const w = useSettingsWords();
  const toast = useToast();
  // The clipboard is there on https and localhost only; elsewhere the text can be selected.
  const copy = () => void navigator.clipboard.writeText(token).then(() => toast({ text: w.copied, tone: 'plain' }), () => undefined);
  return (
    <div class="notice notice-token" role="status">
      <p>{w.tokenMade}</p>
      <code>{token}</code>
      {'clipboard' in navigator && <button type="button" class="button" onClick={copy}>{w.copy}</button>}
    </div>
  );
}

function NewToken({ scopes, onMade }: { scopes: readonly Scope[]; onMade: (token: string) => void }) {
  const w = useSettingsWords();
  const { explain } = useText();
  const [chosen, setChosen] = useState<readonly Scope[]>(['read']);
  const form = useRef<HTMLFormElement>(null);
  const send = useMutation({
    mutationFn: createToken,
    onSuccess: (token) => {
      form.current?.reset();
      onMade(token);
    },
  });
  return (
    <form
      ref={form}
      class="narrow-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (send.isPending || chosen.length === 0) return;
        const values = new FormData(event.currentTarget);
        const day = valueOf(values, 'expires');
        send.mutate({ name: valueOf(values, 'name').trim(), scopes: [...chosen], ...(day ? { expiresAt: new Date(`${day}T23:59:59`).toISOString() } : {}) });
      }}
    >
      {send.isError && <Complaint>{explain(asProblem(send.error))}</Complaint>}
      <TextField label={w.tokenName} name="name" maxLength={100} required />
      <fieldset class="checks">
        <legend>{w.scopes}</legend>
        {scopes.map((scope) => (
          <Check
            key={scope}
            label={w.scopeNames[scope]}
            checked={chosen.includes(scope)}
            onChange={(on) => setChosen(on ? [...chosen, scope] : chosen.filter((other) => other !== scope))}
          />
        ))}
      </fieldset>
      <TextField label={w.expires} name="expires" type="date" hint={w.expiresHint} />
      <div class="actions">
        <button type="submit" class="button" aria-disabled={send.isPending || chosen.length === 0}>{w.makeToken}</button>
      </div>
    </form>
  );
}
