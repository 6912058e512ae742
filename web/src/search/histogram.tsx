// When the hits were saved: a bar for every month. A bar, or a stroke over several, narrows the search down to them; the two lists
// below do the same for those who do not point.
import { useRef, useState } from 'preact/hooks';
import type { Facets } from '../api/types';
import { useText } from '../i18n/context';
import type { Change } from '../library/use_view';
import { period, type View } from '../library/view';
import { Select } from '../ui/select';
import { monthsBetween, type Month } from './months';

const kHeight = 40;

export function Histogram({ dates, view, change }: { dates: Facets['dates']; view: View; change: Change }) {
  const { t, format } = useText();
  const months = monthsBetween(dates);
  const [first, last] = [months[0]?.date ?? '', months.at(-1)?.date ?? ''];
  if (months.length === 0 || (months.length === 1 && !view.from)) return null;
  const narrow = (one: string, other: string) => change(period(one, other));
  const options = months.filter((month) => month.count > 0).map((month) => [month.date, format.month(month.date)] as const);
  return (
    <div class="facet-group histogram">
      <h2>{t.period}</h2>
      {months.length > 1 && <MonthBars months={months} onPeriod={narrow} />}
      <div class="histogram-ends">
        <Select label={t.periodFrom} value={first} options={options} onChange={(date) => narrow(date, last)} />
        <Select label={t.periodTo} value={last} options={options} onChange={(date) => narrow(first, date)} />
      </div>
      {view.from && <button type="button" class="link-button" onClick={() => change({ from: '', to: '' })}>{t.wholePeriod}</button>}
    </div>
  );
}

function MonthBars({ months, onPeriod }: { months: Month[]; onPeriod: (one: string, other: string) => void }) {
  const { t, format } = useText();
  const svg = useRef<SVGSVGElement>(null);
  const [stroke, setStroke] = useState<[from: number, to: number] | null>(null);
  const highest = Math.max(...months.map((month) => month.count));
  const at = (event: PointerEvent) => {
    const box = svg.current?.getBoundingClientRect();
    if (!box || box.width === 0) return 0;
    return Math.max(0, Math.min(months.length - 1, Math.floor(((event.clientX - box.left) / box.width) * months.length)));
  };
  const within = (index: number) => stroke !== null && index >= Math.min(...stroke) && index <= Math.max(...stroke);
  return (
    <svg
      ref={svg} class="histogram-bars" viewBox={`0 0 ${months.length} ${kHeight}`} preserveAspectRatio="none" aria-hidden="true" focusable="false"
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setStroke([at(event), at(event)]);
      }}
      onPointerMove={(event) => stroke && setStroke([stroke[0], at(event)])}
      onPointerCancel={() => setStroke(null)}
      onPointerUp={(event) => {
        const [one, other] = [months[stroke?.[0] ?? 0]?.date, months[at(event)]?.date];
        setStroke(null);
        if (stroke && one && other) onPeriod(one, other);
      }}
    >
      {months.map((month, index) => {
        const height = month.count > 0 ? Math.max(2, (month.count / highest) * kHeight) : 0.5;
        return (
          <g key={month.date}>
            <title>{`${format.month(month.date)}: ${t.bookmarkCount(format.number(month.count), month.count)}`}</title>
            <rect class="histogram-hit" x={index} y={0} width={1} height={kHeight} />
            <rect class={within(index) ? 'bar bar-within' : month.count > 0 ? 'bar' : 'bar bar-none'} x={index + 0.1} y={kHeight - height} width={0.8} height={height} />
          </g>
        );
      })}
    </svg>
  );
}
