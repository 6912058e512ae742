import { QueryClientProvider } from '@tanstack/react-query';
import { render } from 'preact';
import { showStoredTheme } from './account/theme';
import { App } from './app/app';
import { makeQueryClient } from './app/query_client';
import { LanguageProvider } from './i18n/context';
import { ToastProvider } from './ui/toast';

showStoredTheme();
const root = document.getElementById('app');
if (!root) throw new Error('index.html has no #app');
render(
  <QueryClientProvider client={makeQueryClient()}>
    <LanguageProvider>
      <ToastProvider>
        <App />
      </ToastProvider>
    </LanguageProvider>
  </QueryClientProvider>,
  root,
);
