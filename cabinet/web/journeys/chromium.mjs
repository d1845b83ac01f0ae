// chromium is the browser of journeys, and of the benchmark: Debian's, without a screen, and asking nobody outside.
import { chromium } from 'playwright-core';

export const phone = { width: 360, height: 740 };

export function launch() {
	return chromium.launch({
		executablePath: '/usr/bin/chromium',
		args: ['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
			'--disable-sync', '--autoplay-policy=no-user-gesture-required'],
	});
}
