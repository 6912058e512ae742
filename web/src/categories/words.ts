import { useText } from '../i18n/context';
import { en } from '../i18n/categories_en';
import { ja } from '../i18n/categories_ja';

export const useCategoriesWords = () => (useText().language === 'ja' ? ja : en);
