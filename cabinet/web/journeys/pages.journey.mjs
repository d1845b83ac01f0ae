// Every page of everybody's menu, in every look.
import { journey, looksRight, shot } from './stage.mjs';

const looks = [
	{ size: 'desktop', theme: 'light', lang: 'en' },
	{ size: 'phone', theme: 'dark', lang: 'ru' },
	{ size: 'phone', theme: 'light', lang: 'en' },
	{ size: 'desktop', theme: 'dark', lang: 'ru' },
];

// Roles share most pages: whoever sees the most sees them in every look, others in two that differ in everything, and the
// rest in one.
const people = { boris: [0, 1, 2, 3], anna: [1, 2], admin: [0, 1], olga: [0, 1], ivan: [2], maria: [3], gleb: [0] };

for (const [as, some] of Object.entries(people)) {
	for (const i of some) {
		const { size, theme, lang } = looks[i];
		journey(`the pages of ${as}, ${size}, ${theme}, ${lang}`, async (visitor) => {
			const page = await visitor({ as, size, theme, lang });
			const places = await page.locator('.rail nav a').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
			for (const place of places) {
				await page.goto(place);
				await looksRight(page);
				if (i < 2) await shot(page, `${as}-${size}${place.replaceAll('/', '-')}`);
			}
		});
	}
}

journey('on a phone the bar leads to every place', async (visitor) => {
	const page = await visitor({ as: 'boris', size: 'phone' });
	await page.click('.rail .more summary');
	await looksRight(page);
	await shot(page, 'boris-phone-more');
	await page.click('.rail nav a[href="/statistics"]');
	await page.waitForURL('**/statistics');
	await page.waitForSelector('.rail .more details:not([open])');
	await page.waitForSelector('.rail nav li:not(.small) a[aria-current="page"]', { state: 'hidden' });
});

for (const look of looks) {
	journey(`the sign-in, ${look.size}, ${look.theme}, ${look.lang}`, async (visitor) => {
		const page = await visitor(look);
		for (const place of ['/sign-in', '/forgot', '/no-such-page']) {
			await page.goto(place);
			await looksRight(page);
		}
		await page.goto('/sign-in');
		await shot(page, `sign-in-${look.size}-${look.theme}`);
	});
}
