import { useMemo } from 'preact/hooks';
import { useText } from './context';
import { makeMoreFormats, type MoreFormats } from './formats';

export function useFormats(): MoreFormats {
  const { locale } = useText();
  return useMemo(() => makeMoreFormats(locale), [locale]);
}
