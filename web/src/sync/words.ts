import { useText } from '../i18n/context';
import { en } from '../i18n/sync_en';
import { ja } from '../i18n/sync_ja';

export const useSyncWords = () => (useText().language === 'ja' ? ja : en);
