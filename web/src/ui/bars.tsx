// Bars over time, for the eye; the same numbers stand in a table for everybody else.
import { useId } from 'preact/hooks';

export interface Bar {
  /** Of the column, as written under the chart. */
  label: string;
  value: number;
  /** The value in words. */
  text: string;
}

interface Props {
  title: string;
  columns: readonly [string, string];
  bars: readonly Bar[];
}

const kWidth = 100;
const kHeight = 28;

export function Bars({ title, columns, bars }: Props) {
  const id = useId();
  const highest = Math.max(...bars.map((bar) => bar.value), Number.MIN_VALUE);
  const step = kWidth / Math.max(1, bars.length);
  return (
    <figure class="bars" aria-labelledby={id}>
      <figcaption id={id}>{title}</figcaption>
      <svg viewBox={`0 0 ${kWidth} ${kHeight}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        {bars.map((bar, index) => {
          const height = bar.value > 0 ? Math.max(0.8, (bar.value / highest) * kHeight) : 0.3;
          return (
            <rect key={index} class={bar.value > 0 ? 'bar' : 'bar bar-none'} x={index * step + step * 0.12} y={kHeight - height} width={step * 0.76} height={height}>
              <title>{`${bar.label}: ${bar.text}`}</title>
            </rect>
          );
        })}
      </svg>
      {bars.length > 1 && (
        <div class="bars-ends" aria-hidden="true">
          <span>{bars[0]?.label}</span>
          <span>{bars.at(-1)?.label}</span>
        </div>
      )}
      <table class="visually-hidden">
        <caption>{title}</caption>
        <thead><tr><th scope="col">{columns[0]}</th><th scope="col">{columns[1]}</th></tr></thead>
        <tbody>
          {bars.filter((bar) => bar.value > 0).map((bar) => <tr key={bar.label}><th scope="row">{bar.label}</th><td>{bar.text}</td></tr>)}
        </tbody>
      </table>
    </figure>
  );
}
