// build makes dist/ of src/: scripts and styles with a hash of their content in their names, the sprite of icons, each
// packed beside itself as .br and .gz, and manifest.json from names without a hash to names with one. Run by make web.
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const out = 'dist';

mkdirSync(out, { recursive: true });
const before = readdirSync(out).filter((name) => name !== '.keep');

const manifest = {};

// Islands are loaded by cabinet.ts when a page holds one: esbuild makes a file of each import().
const { metafile } = await build({
	entryPoints: { cabinet: 'src/cabinet.ts' },
	bundle: true, minify: true, splitting: true, format: 'esm', target: 'es2022', outdir: out,
	entryNames: '[name]-[hash]', chunkNames: '[name]-[hash]', metafile: true, legalComments: 'none', logLevel: 'warning',
});
const { metafile: styles } = await build({
	entryPoints: { cabinet: 'src/css/cabinet.css' },
	bundle: true, minify: true, outdir: out, entryNames: '[name]-[hash]', metafile: true, legalComments: 'none', logLevel: 'warning',
});
const files = Object.keys({ ...metafile.outputs, ...styles.outputs }).map((path) => basename(path));
for (const name of files) manifest[name.replace(/-[A-Z0-9]{8}\./, '.')] = name;

// The icons that templates, Go and scripts name stand in icons.txt, one a line. Lucide draws them 24 by 24 in strokes.
const names = readFileSync('src/icons.txt', 'utf8').split('\n').filter((line) => line && !line.startsWith('#'));
const symbols = names.map((name) => {
	const svg = readFileSync(`node_modules/lucide-static/icons/${name}.svg`, 'utf8');
	const inner = svg.replace(/<!--.*?-->/gs, '').replace(/^.*?<svg[^>]*>/s, '').replace('</svg>', '').replace(/\s+/g, ' ').trim();
	return `<symbol id="${name}" viewBox="0 0 24 24">${inner}</symbol>`;
});
const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`;
manifest['icons.svg'] = `icons-${createHash('sha256').update(sprite).digest('hex').slice(0, 8)}.svg`;
writeFileSync(`${out}/${manifest['icons.svg']}`, sprite);
files.push(manifest['icons.svg']);

const favicon = readFileSync('src/favicon.svg');
manifest['favicon.svg'] = `favicon-${createHash('sha256').update(favicon).digest('hex').slice(0, 8)}.svg`;
writeFileSync(`${out}/${manifest['favicon.svg']}`, favicon);
files.push(manifest['favicon.svg']);

for (const name of files) {
	const text = readFileSync(`${out}/${name}`);
	writeFileSync(`${out}/${name}.gz`, gzipSync(text, { level: 9 }));
	writeFileSync(`${out}/${name}.br`, brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
}
writeFileSync(`${out}/manifest.json`, JSON.stringify(manifest, null, '\t') + '\n');

// What an earlier build left goes last: whoever reads dist/ meanwhile finds a whole one.
const made = new Set(files.flatMap((name) => [name, `${name}.gz`, `${name}.br`]));
for (const name of before) if (name !== 'manifest.json' && !made.has(name)) rmSync(`${out}/${name}`);
