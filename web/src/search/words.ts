import { useText } from '../i18n/context';
import { en } from '../i18n/search_en';
import { ja } from '../i18n/search_ja';

export const useSearchWords = () => (useText().language === 'ja' ? ja : en);
