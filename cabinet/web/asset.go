package web

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
)

// dist is what make web builds: files whose names hold a hash of their content, each also packed as .br and .gz, and
// manifest.json. A build without Node has an empty one: pages are then plain HTML.
//
//go:embed all:dist
var dist embed.FS

// entry is what every page loads.
type entry struct {
	Style  string // path of the style sheet; empty: none is built
	Script string
	Mark   string // what a browser shows in the tab
	icons  string
}

// assets serves dist.
type assets struct {
	files fs.FS
	entry
	made bool
}

// readAssets reads the manifest: names without a hash to names with one.
func readAssets(all fs.FS) (*assets, error) {
	a := &assets{}
	var err error
	if a.files, err = fs.Sub(all, "dist"); err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	text, err := fs.ReadFile(a.files, "manifest.json")
	if errors.Is(err, fs.ErrNotExist) {
		return a, nil
	}
	var names map[string]string
	if err == nil {
		err = json.Unmarshal(text, &names)
	}
	if err != nil {
		return nil, fmt.Errorf("assets: %w", err)
	}
	a.made = true
	a.entry = entry{
		Style: "/assets/" + names["cabinet.css"], Script: "/assets/" + names["cabinet.js"], Mark: "/assets/" + names["favicon.svg"], icons: "/assets/" + names["icons.svg"],
	}
	return a, nil
}

// icon draws a symbol of the sprite. It is decoration: the word stands beside it.
func (a *assets) icon(name string) template.HTML {
	return template.HTML(`<svg class="icon" aria-hidden="true" focusable="false"><use href="` + template.HTMLEscapeString(a.icons+"#"+name) + `"/></svg>`)
}

// ServeHTTP sends a file, packed where the browser takes it. Its name changes with its content, so that it is kept for good.
func (a *assets) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	kind := mime.TypeByExtension(path.Ext(name))
	if kind == "" || name == "manifest.json" {
		http.NotFound(w, r)
		return
	}
	accepted := r.Header.Get("Accept-Encoding")
	h := w.Header()
	for _, packed := range []struct{ coding, ext string }{{"br", ".br"}, {"gzip", ".gz"}, {"", ""}} {
		text, err := fs.ReadFile(a.files, name+packed.ext)
		if err != nil || !strings.Contains(accepted, packed.coding) {
			continue
		}
		h.Set("Content-Type", kind)
		h.Set("Cache-Control", "public, max-age=31536000, immutable")
		h.Set("Vary", "Accept-Encoding")
		if packed.coding != "" {
			h.Set("Content-Encoding", packed.coding)
		}
		_, _ = w.Write(text) // who asked may have gone
		return
	}
	http.NotFound(w, r)
}
