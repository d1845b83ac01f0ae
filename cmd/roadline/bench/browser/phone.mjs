// The cabinet on a phone of the field: narrow, on a slow network, a quarter as quick as this machine.
import { phone } from '../../../../cabinet/web/journeys/chromium.mjs';

const network = { offline: false, latency: 150, downloadThroughput: 1.6e6 / 8, uploadThroughput: 0.75e6 / 8 }; // ms, bytes a second
const slower = 4;
const patience = 10_000; // with a page that does not answer a press

async function pocket(stage, options = {}) {
	const page = await stage.visit({ viewport: phone, isMobile: true, hasTouch: true, deviceScaleFactor: 2, ...options });
	const tools = await page.context().newCDPSession(page);
	await tools.send('Network.enable');
	await tools.send('Network.emulateNetworkConditions', network);
	await tools.send('Emulation.setCPUThrottlingRate', { rate: slower });
	return { page, tools };
}

// painted opens a page again and again, each time with nothing in the cache, and returns when its largest part was painted.
export async function painted({ path, n, stranger }, stage) {
	const all = [];
	for (let i = 0; i < n; i++) {
		const { page } = await pocket(stage, stranger ? { storageState: undefined } : {});
		await page.goto(path);
		all.push(await page.evaluate(() => new Promise((told, failed) => {
			let last;
			new PerformanceObserver((list) => { for (const one of list.getEntries()) last = one.startTime; }).observe({ type: 'largest-contentful-paint', buffered: true });
			setTimeout(() => (last === undefined ? failed(new Error('nothing was painted')) : told(last)), 500); // what is larger still would have come
		})));
		await page.context().close();
	}
	return all;
}

// steps are a walk through the cabinet: what is pressed on which page. The last leads to the first.
const steps = [
	'nav a[href="/calls"]', '.calls-search summary', '.calls-search summary', 'tr[data-call] th a', '.tabs a:not([aria-current])', '.call-head a[href="/calls"]',
	'a[rel="next"]', 'nav a[href="/missed"]', 'nav a[href="/lines"]', 'nav a[href="/"]',
];

// walked walks so many rounds and returns of each press how long after it the screen changed, and how long the browser was busy
// with it until it painted, as Event Timing has it: 8 stands for what is too short to be told.
export async function walked({ n }, stage) {
	const { page, tools } = await pocket(stage);
	let pressed = 0;
	let busy = [];
	let shown = () => {};
	await page.exposeBinding('pressed', (_, at) => { pressed = at; });
	await page.exposeBinding('busy', (_, took) => { busy.push(took); });
	await page.addInitScript(() => {
		document.addEventListener('pointerdown', (event) => { window.pressed(performance.timeOrigin + event.timeStamp); }, { capture: true });
		new PerformanceObserver((list) => { for (const one of list.getEntries()) if (one.interactionId) window.busy(one.duration); }).observe({ type: 'event', durationThreshold: 16 });
	});
	tools.on('Page.screencastFrame', ({ sessionId, metadata }) => {
		void tools.send('Page.screencastFrameAck', { sessionId });
		shown(1000 * metadata.timestamp);
	});
	await page.goto('/');
	const feedback = [];
	const inp = [];
	for (let i = 0; i < n * steps.length; i++) {
		const place = page.locator(steps[i % steps.length]).filter({ visible: true }).first();
		await place.scrollIntoViewIfNeeded();
		await page.waitForTimeout(700); // the page before is at rest
		busy = [];
		pressed = Infinity;
		await tools.send('Page.startScreencast', { format: 'jpeg', quality: 1, maxWidth: 90, maxHeight: 185 });
		await page.waitForTimeout(200); // the first frame is how it was
		const changed = new Promise((told, failed) => {
			shown = (at) => { if (at > pressed) told(at); };
			setTimeout(() => failed(new Error(`nothing is seen of a press of ${steps[i % steps.length]}`)), patience).unref();
		});
		await place.tap();
		feedback.push((await changed) - pressed);
		await page.waitForTimeout(300); // Event Timing tells late
		await tools.send('Page.stopScreencast');
		inp.push(Math.max(8, ...busy));
	}
	await page.context().close();
	return { feedback, inp };
}
