// What X has billed, and the limits that syncs keep.
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'preact/hooks';
import { valueOf } from '../account/field';
import { asProblem } from '../api/problem';
import { setBudget, type Budget, type Spend } from '../api/sync';
import { useText } from '../i18n/context';
import { useFormats } from '../i18n/use_formats';
import { Bars } from '../ui/bars';
import { Dialog } from '../ui/dialog';
import { Icon } from '../ui/icon';
import { Panel } from '../ui/panel';
import { Complaint, Failure, Loading } from '../ui/states';
import { TextField } from '../ui/text_field';
import { useToast } from '../ui/toast';
import { readAmount } from './amount';
import { lastDays } from './days';
import { refreshSpend, useSpend } from './queries';
import { useSyncWords } from './words';

export function SpendPanel() {
  const w = useSyncWords();
  const spend = useSpend();
  const [editing, setEditing] = useState(false);
  const button = spend.data && <button type="button" class="button" onClick={() => setEditing(true)}>{w.editBudget}</button>;
  return (
    <Panel title={w.spend} aside={button}>
      {spend.isPending && <Loading />}
      {spend.isError && <Failure error={spend.error} onRetry={() => void spend.refetch()} />}
      {spend.data && <Ledger spend={spend.data} />}
      {spend.data && editing && <BudgetDialog budget={spend.data.budget} onClose={() => setEditing(false)} />}
    </Panel>
  );
}

function Ledger({ spend }: { spend: Spend }) {
  const w = useSyncWords();
  const more = useFormats();
  const perDay = new Map<string, number>();
  for (const entry of spend.entries) perDay.set(entry.day.slice(0, 10), (perDay.get(entry.day.slice(0, 10)) ?? 0) + entry.amount);
  const bars = lastDays().map((day) => ({ label: more.day(day), value: perDay.get(day) ?? 0, text: more.money(perDay.get(day) ?? 0) }));
  return (
    <>
      {spend.pausedUntil && <p class="notice"><Icon name="pause" /><span>{w.pausedUntil(more.moment(spend.pausedUntil))}</span></p>}
      <div class="meters">
        <Meter label={w.today} amount={spend.today} cap={spend.budget.daily} />
        <Meter label={w.month} amount={spend.month} cap={spend.budget.monthly} />
      </div>
      {spend.entries.length > 0 ? <Bars title={w.spendChart} columns={[w.day, w.amount]} bars={bars} /> : <p class="fine">{w.noSpend}</p>}
      <p class="fine">{w.prices(more.money(spend.unitPrices.ownedRead), more.money(spend.unitPrices.postRead))}</p>
    </>
  );
}

function Meter({ label, amount, cap }: { label: string; amount: number; cap: number | null }) {
  const w = useSyncWords();
  const more = useFormats();
  const isFull = cap !== null && amount >= cap;
  return (
    <div class="meter">
      <p>
        <span>{label}</span> <b>{more.money(amount)}</b> <span class="fine">{cap === null ? w.noCap : w.ofBudget(more.money(cap))}</span>
      </p>
      {cap !== null && (
        <svg class={isFull ? 'meter-bar meter-full' : 'meter-bar'} viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" focusable="false">
          <rect class="meter-used" width={cap > 0 ? Math.min(100, (amount / cap) * 100) : 100} height="4" />
        </svg>
      )}
    </div>
  );
}

function BudgetDialog({ budget, onClose }: { budget: Budget; onClose: () => void }) {
  const w = useSyncWords();
  const { t, explain } = useText();
  const client = useQueryClient();
  const toast = useToast();
  const send = useMutation({
    mutationFn: setBudget,
    onSuccess: () => {
      void refreshSpend(client);
      toast({ text: w.budgetSaved, tone: 'plain' });
      onClose();
    },
  });
  return (
    <Dialog title={w.budgetTitle} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          const form = new FormData(event.currentTarget);
          const daily = readAmount(valueOf(form, 'daily'));
          const monthly = readAmount(valueOf(form, 'monthly'));
          if (daily !== undefined && monthly !== undefined && !send.isPending) send.mutate({ daily, monthly });
        }}
      >
        <p>{w.budgetLead}</p>
        {send.isError && <Complaint>{explain(asProblem(send.error))}</Complaint>}
        <div class="form-row">
          {(['daily', 'monthly'] as const).map((name) => (
            <TextField
              key={name}
              label={w[name]}
              name={name}
              inputMode="decimal"
              pattern="\s*\d*([.,]\d+)?\s*"
              hint={w.budgetHint}
              value={budget[name] === null ? '' : String(budget[name])}
              maxLength={12}
            />
          ))}
        </div>
        <div class="dialog-actions">
          <button type="button" class="button" onClick={onClose}>{t.cancel}</button>
          <button type="submit" class="button button-main" aria-disabled={send.isPending}>{send.isPending ? t.saving : t.save}</button>
        </div>
      </form>
    </Dialog>
  );
}
