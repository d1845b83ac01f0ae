// How loud a recording is from moment to moment, as the server draws it: recording/peaks.go has the format.

export interface Peaks {
	rate: number; // a second
	length: number; // of the recording, in seconds
	client: number[]; // 0 to 1
	us: number[];
}

export type Speaker = 'client' | 'us' | 'both' | 'none';

// A side speaks where it is louder than this; below it a line hums.
const hum = 3 / 127;

export async function fetchPeaks(call: string): Promise<Peaks | null> {
	const answer = await fetch(`/calls/${encodeURIComponent(call)}/peaks`);
	if (!answer.ok) return null;
	const bytes = new Uint8Array(await answer.arrayBuffer());
	const view = new DataView(bytes.buffer);
	if (bytes.length < 8 || view.getUint8(0) !== 1 || view.getUint8(2) !== 2) return null;
	const half = (bytes.length - 8) / 2;
	const side = (from: number): number[] => Array.from(bytes.subarray(from, from + half), (v) => v / 127);
	return { rate: view.getUint8(1), length: view.getUint32(4, true) / 1000, client: side(8), us: side(8 + half) };
}

// speaker is who is heard at a moment.
export function speaker(peaks: Peaks, at: number): Speaker {
	const bin = Math.floor(at * peaks.rate);
	// A word has pauses of its own: somebody speaks who was heard a third of a second before or after.
	const loud = (side: number[]): boolean => side.slice(Math.max(bin - 3, 0), bin + 4).some((v) => v > hum);
	const client = loud(peaks.client);
	const us = loud(peaks.us);
	if (client && us) return 'both';
	return client ? 'client' : us ? 'us' : 'none';
}

// soundAfter is when something is heard again; the recording's end where nothing is.
export function soundAfter(peaks: Peaks, at: number): number {
	for (let bin = Math.floor(at * peaks.rate); bin < peaks.client.length; bin++) {
		if ((peaks.client[bin] ?? 0) > hum || (peaks.us[bin] ?? 0) > hum) return bin / peaks.rate;
	}
	return peaks.length;
}
