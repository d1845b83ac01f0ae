// What a browser loads for the first view of a page, with nothing in its cache: how many requests, and how many bytes.
import assert from 'node:assert/strict';
import { journey } from './stage.mjs';

const mostRequests = 8;
const mostBytes = 80 << 10; // packed
const mostPage = 12 << 10;

const first = {
	anna: ['/', '/calls', '/missed'],
	boris: ['/', '/calls', '/live', '/statistics'],
	olga: ['/', '/lines', '/messages'],
	admin: ['/', '/people'],
	maria: ['/statistics'],
	gleb: ['/'],
};

for (const [as, places] of Object.entries(first)) {
	journey(`the first view of ${as} is light`, async (visitor) => {
		for (const place of places) {
			const page = await visitor({ as });
			const cache = await page.context().newCDPSession(page);
			await cache.send('Network.enable');
			await cache.send('Network.clearBrowserCache');
			const asked = [];
			page.on('request', (request) => asked.push(request));
			await page.goto(place);
			const all = [];
			for (const request of asked) {
				const answer = await request.response();
				// The stream of news is asked for by a page that stands already, and never ends.
				if (!answer || (await answer.headerValue('content-type'))?.startsWith('text/event-stream')) continue;
				await answer.finished();
				const bytes = (await request.sizes()).responseBodySize;
				// Browsers may ask for a picture of a page twice; the second comes from their memory, and less than nothing travels.
				if (bytes < 0) continue;
				all.push({ path: new URL(request.url()).pathname, bytes });
			}
			const said = `${place}: ${all.map((one) => `${one.path} ${one.bytes}`).join(', ')}`;
			assert.ok(all.length <= mostRequests, `${all.length} requests, at most ${mostRequests}: ${said}`);
			const bytes = all.reduce((sum, one) => sum + one.bytes, 0);
			assert.ok(bytes > 0 && bytes <= mostBytes, `${bytes} bytes, at most ${mostBytes}: ${said}`);
			if (place !== '/statistics') assert.ok(all[0].bytes <= mostPage, `the page has ${all[0].bytes} bytes, at most ${mostPage}: ${said}`);
			await page.close();
		}
	});
}
