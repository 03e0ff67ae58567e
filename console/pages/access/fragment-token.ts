import { useEffect, useState } from 'react';

/**
 * The one-time token behind the `#` of a link. It never reaches a server log (browsers do not send it), and it is taken
 * out of the address and the history as soon as the page is shown.
 */
export function useFragmentToken(): string {
  const [token] = useState(() => decodeURIComponent(window.location.hash.slice(1)));
  useEffect(() => {
    if (window.location.hash !== '')
      window.history.replaceState(window.history.state, '', window.location.pathname + window.location.search);
  }, []);
  return token;
}
