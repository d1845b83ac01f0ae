// all runs the journeys that it is given, one after the other, in one browser.
import { resolve } from 'node:path';
import { after } from 'node:test';
import { close } from './stage.mjs';

for (const file of process.argv.slice(2)) await import(resolve(file));
after(close);
