// How far something is; without a fraction it only moves.
interface Props {
  label: string;
  /** 0 to 1, null while nobody knows. */
  fraction: number | null;
}

export function Progress({ label, fraction }: Props) {
  return <progress class="progress" aria-label={label} max={1} {...(fraction === null ? {} : { value: Math.min(1, Math.max(0, fraction)) })} />;
}
