import { useText } from '../i18n/context';
import { en } from '../i18n/transfer_en';
import { ja } from '../i18n/transfer_ja';

export const useTransferWords = () => (useText().language === 'ja' ? ja : en);
