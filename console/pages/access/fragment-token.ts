import { useEffect, useState } from 'react';

/**
 * The one-time token behind the `#` of a link. It never reaches a server log (browsers do not send it), and
 * it is taken out of the address and the history as soon as the page is shown.
 */
export function useFragmentToken(): string {
  const [token] = useState(() => tokenIn(window.location.hash));
  useEffect(() => {
    if (window.location.hash !== '')
      window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
    // Another link to this very page: to the browser only its end has changed, to us everything.
    const reload = () => {
      if (window.location.hash !== '') window.location.reload();
    };
    window.addEventListener('hashchange', reload);
    return () => window.removeEventListener('hashchange', reload);
  }, []);
  return token;
}

function tokenIn(hash: string): string {
  try {
    return decodeURIComponent(hash.slice(1));
  } catch {
    // Cut off in the middle of an escape: as it stands it is at worst refused.
    return hash.slice(1);
  }
}
