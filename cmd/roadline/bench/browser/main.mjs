// The browser of the benchmark. It is told on its input what to do, a line of JSON each, {"do": name, "args": …}, and answers
// each with a line, {"result": …} or {"error": text}. Moments are ms since 1970, lengths are ms. It ends with its input.
import { createInterface } from 'node:readline';
import { launch } from '../../../../cabinet/web/journeys/chromium.mjs';
import { called, played } from './press.mjs';
import { seen, watch } from './watch.mjs';
import { painted, walked } from './phone.mjs';

const patience = 30_000;

// stage is what the parts stand on: the browser, the site, and who is signed in there.
const stage = { browser: await launch(), base: '', state: undefined, page: null };

// visit opens a page in a browser of its own, which nothing is known in but who is signed in.
stage.visit = async (options = {}) => {
	const context = await stage.browser.newContext({ baseURL: stage.base, viewport: { width: 1440, height: 900 }, locale: 'en', storageState: stage.state, ...options });
	context.setDefaultTimeout(patience);
	return context.newPage();
};

// signIn signs a person in of a server's only company.
async function signIn({ base, login, password }) {
	stage.base = base;
	const page = await stage.visit();
	await page.goto('/sign-in');
	for (const [field, text] of Object.entries({ login, password })) await page.fill(`#${field}`, text);
	await page.locator('form[action="/sign-in"] button').click();
	await page.waitForURL((url) => url.pathname !== '/sign-in');
	stage.state = await page.context().storageState();
	await page.context().close();
}

const parts = { signIn, watch, seen, played, called, walked, painted };

for await (const line of createInterface({ input: process.stdin })) {
	const { do: name, args } = JSON.parse(line);
	let answer;
	try {
		answer = { result: (await parts[name](args, stage)) ?? null };
	} catch (error) {
		answer = { error: String(error) };
	}
	process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await stage.browser.close();
