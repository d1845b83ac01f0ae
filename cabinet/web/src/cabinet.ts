// What every page loads: htmx with its event streams, islands when a page holds one, and where the focus goes.
import 'htmx.org/dist/htmx.esm.js';
import 'htmx.org/dist/ext/hx-sse.js';
import './focus.ts';
import './island.ts';
import './keys.ts';
import './look.ts';
import './play.ts';
