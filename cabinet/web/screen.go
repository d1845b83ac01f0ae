package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"reflect"
	"strings"
)

//go:embed templates/*.tmpl
var templates embed.FS

//go:embed locales
var locales embed.FS

// shows says by screen of which type its view is. A screen is named as its file in templates; one with a # is a block of
// that file, drawn alone. The tests check every template against its type.
type shows map[string]any

// sheet is a screen that is ready to be drawn.
type sheet struct {
	*template.Template
	view reflect.Type
}

// readScreens reads the templates of one language. What stands in files named part_… every screen may use.
func readScreens(files fs.FS, t *tongue, a *assets) (map[string]*sheet, error) {
	shared, err := template.New("").Funcs(t.words(a)).ParseFS(files, "templates/part_*.tmpl")
	if err != nil {
		return nil, fmt.Errorf("templates: %w", err)
	}
	read := map[string]*template.Template{}
	all := map[string]*sheet{}
	for _, rows := range screens {
		for name, view := range rows {
			file, block, _ := strings.Cut(name, "#")
			if read[file] == nil {
				own, err := shared.Clone()
				if err == nil {
					own, err = own.ParseFS(files, path.Join("templates", file+".tmpl"))
				}
				if err != nil {
					return nil, fmt.Errorf("template %s: %w", file, err)
				}
				read[file] = own
			}
			if block == "" {
				block = file + ".tmpl"
			}
			one := read[file].Lookup(block)
			if one == nil || all[name] != nil {
				return nil, fmt.Errorf("screen %s: has no template, or two rows", name)
			}
			all[name] = &sheet{one, reflect.TypeOf(view)}
		}
	}
	return all, nil
}

// draw draws a screen.
func (t *tongue) draw(screen string, view any) (template.HTML, error) {
	s := t.screens[screen]
	if s == nil || reflect.TypeOf(view) != s.view {
		return "", fmt.Errorf("screen %s does not show a %T", screen, view)
	}
	var out bytes.Buffer
	if err := s.Execute(&out, view); err != nil {
		return "", fmt.Errorf("draw %s: %w", screen, err)
	}
	return template.HTML(out.String()), nil
}
