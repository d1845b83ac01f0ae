// What comes to a page by itself: elements that appear or change, each with the moment at which it was painted so.

// noted has a page note every element that fits, whenever it has become another: its id, how it stands, and when the browser
// had painted that.
const noted = (rows) => {
	window.noted = [];
	const known = new Map();
	const look = () => {
		const fresh = [];
		for (const row of document.querySelectorAll(rows)) {
			const is = row.querySelector('.state')?.className ?? '';
			if (known.get(row.id) === is) continue;
			known.set(row.id, is);
			fresh.push({ id: row.id, is });
		}
		if (fresh.length === 0) return;
		requestAnimationFrame(() => { // a task that is posted from there runs when the frame is made
			const { port1, port2 } = new MessageChannel();
			port1.onmessage = () => { for (const one of fresh) window.noted.push({ ...one, at: performance.timeOrigin + performance.now() }); };
			port2.postMessage(null);
		});
	};
	look();
	new MutationObserver(look).observe(document.body, { subtree: true, childList: true, attributes: true, attributeFilter: ['class'] });
};

// watch opens a page that is kept as things are, and notes from now on what changes in its rows.
export async function watch({ path, feed, rows }, stage) {
	await stage.page?.context().close();
	stage.page = await stage.visit();
	const fed = stage.page.waitForResponse((answer) => new URL(answer.url()).pathname === feed);
	await stage.page.goto(path);
	await fed;
	await stage.page.evaluate(noted, rows);
}

// seen waits until so many changes were painted since the page was opened, and returns them.
export async function seen({ n }, stage) {
	await stage.page.waitForFunction((most) => window.noted.length >= most, n);
	return stage.page.evaluate(() => window.noted);
}
