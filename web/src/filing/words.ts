import { useText } from '../i18n/context';
import { en } from '../i18n/filing_en';
import { ja } from '../i18n/filing_ja';

export const useFilingWords = () => (useText().language === 'ja' ? ja : en);
