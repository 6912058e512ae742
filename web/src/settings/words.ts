import { useText } from '../i18n/context';
import { en } from '../i18n/settings_en';
import { ja } from '../i18n/settings_ja';

export const useSettingsWords = () => (useText().language === 'ja' ? ja : en);
