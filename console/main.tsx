import '@fontsource-variable/inter';
import '@fontsource/jetbrains-mono/latin-500.css';
import '@mantine/core/styles.css';
import '@mantine/dropzone/styles.css';
import './styles.css';
import { MantineProvider } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { watchConnection } from './api/connection.ts';
import { queryClient } from './api/query-client.ts';
import { watchTyping } from './api/typed-input.ts';
import { router } from './routes.tsx';
import { cssVariables, theme } from './theme.ts';
import { ConnectionBanner } from './ui/connection-banner.tsx';
import { FirstPage } from './ui/first-page.tsx';
import { keepFocus } from './ui/kept-focus.ts';
import { watchKeyboard } from './ui/keyboard.ts';
import { Toasts } from './ui/toasts.tsx';

/** Styles that are made while the page runs carry the nonce of the content security policy. */
const styleNonce = document.querySelector<HTMLMetaElement>('meta[name="csp-nonce"]')?.content ?? '';
// The name that the scroll lock of Mantine's dialogs reads its nonce from.
Object.assign(globalThis, { __webpack_nonce__: styleNonce });

watchKeyboard();
keepFocus();
watchTyping();
watchConnection(queryClient);

const container = document.getElementById('root');
if (container === null) throw new Error('index.html has no element with the id "root".');

createRoot(container).render(
  <StrictMode>
    <MantineProvider theme={theme} cssVariablesResolver={cssVariables} defaultColorScheme="auto" getStyleNonce={() => styleNonce}>
      <QueryClientProvider client={queryClient}>
        <ConnectionBanner router={router} />
        <FirstPage router={router} />
        <RouterProvider router={router} />
        <Toasts />
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
