// The nonce of styles that scripts write. A page that htmx puts into this one comes with a nonce of its own, but the
// browser holds us to that of the first: it is read once.
export const nonce = document.querySelector<HTMLScriptElement>('script[nonce]')?.nonce ?? '';
