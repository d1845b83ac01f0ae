// stage is what journeys stand on: the browser, visitors who are signed in, the looks in which pages are tried, axe.
import { mkdirSync, readFileSync } from 'node:fs';
import assert from 'node:assert/strict';
import test from 'node:test';
import { launch, phone } from './chromium.mjs';

export const base = process.env.CABINET;
const shots = process.env.SHOTS;
const axeScript = readFileSync(new URL('../node_modules/axe-core/axe.min.js', import.meta.url), 'utf8');

export const sizes = { phone, desktop: { width: 1440, height: 900 } };

let browser;

export async function close() {
	await browser?.close();
}

// journey is a test with visitors of its own. A page that breaks its own rules fails it: a script or style that the
// policy refuses, a script's error, an answer of 500.
export function journey(name, walk) {
	test(name, { timeout: 120_000 }, async () => {
		browser ??= await launch();
		const visits = [];
		const broken = [];
		const visitor = async (options = {}) => {
			const { as, lang = 'en', theme = 'light', size = 'desktop', scripts = true } = options;
			const context = await browser.newContext({
				viewport: sizes[size], baseURL: base, javaScriptEnabled: scripts, hasTouch: size === 'phone', isMobile: size === 'phone', locale: lang, reducedMotion: 'reduce',
			});
			visits.push(context);
			context.setDefaultTimeout(30_000);
			await context.addCookies([{ name: 'look', value: new URLSearchParams({ lang, theme }).toString(), url: base }]);
			const page = await context.newPage();
			page.on('pageerror', (error) => broken.push(`${page.url()}: ${error}`));
			page.on('console', (message) => {
				if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) broken.push(`${page.url()}: ${message.text()}`);
			});
			page.on('response', (answer) => {
				if (answer.status() >= 500) broken.push(`${answer.url()}: ${answer.status()}`);
			});
			if (as) await page.goto(`/?demo=${as}`);
			return page;
		};
		try {
			await walk(visitor);
		} finally {
			for (const context of visits) await context.close();
		}
		assert.deepEqual(broken, []);
	});
}

// looksRight asks axe about the page as it stands, and refuses one that is wider than the window.
export async function looksRight(page) {
	const wide = await page.evaluate((window) => document.documentElement.scrollWidth - window, page.viewportSize().width); // a phone shows a page that is too wide smaller, and calls that its width
	assert.ok(wide <= 0, `${page.url()}: ${wide} px wider than the window`);
	if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axeScript);
	const found = await page.evaluate(() => axe.run(document, {
		runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
		resultTypes: ['violations'],
		preload: false, // it copies the styles of shadow roots, without their nonce, and the policy speaks up
	}));
	const words = found.violations.map((v) => `${v.id}: ${v.help}\n  ${v.nodes.map((n) => `${n.target}: ${n.failureSummary}`).join('\n  ')}`);
	assert.deepEqual(words, [], page.url());
}

// shot keeps what the page looks like, for people to look at.
export async function shot(page, name) {
	mkdirSync(shots, { recursive: true });
	await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
}

// act has something happen on the server's side.
export async function act(name, args = null) {
	const answer = await fetch(`${process.env.STAGE}/${name}`, { method: 'POST', body: JSON.stringify(args) });
	if (!answer.ok) throw new Error(`${name}: ${await answer.text()}`);
	return answer.json();
}
