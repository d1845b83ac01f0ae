package web

import (
	"cmp"
	"html"
	"html/template"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"

	"roadline/cabinet/access"
)

// A Route is a row of the table of pages, for the tests that walk it.
type Route struct {
	Method, Path string
	Right        access.Right // empty: open
}

// Routes is the whole table.
func Routes() []Route {
	var all []Route
	for _, r := range allRoutes() {
		method, path, _ := strings.Cut(r.pattern, " ")
		all = append(all, Route{method, path, r.right})
	}
	return all
}

// Templates is the folder of templates.
var Templates fs.FS = templates

// A Screen is a template and what it shows.
type Screen struct {
	*template.Template
	View any
}

// Screens are the screens in English, with what each shows. They are read anew: one that was drawn cannot be looked into.
func (s *Site) Screens(t *testing.T) map[string]Screen {
	t.Helper()
	tongues, err := readTongues(locales, templates, s.assets)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]Screen{}
	for _, rows := range screens {
		for name, view := range rows {
			all[name] = Screen{tongues["en"].screens[name].Template, view}
		}
	}
	return all
}

// Texts are the texts of a language by key.
func Texts(lang string) (map[string]*i18n.Message, error) {
	all := map[string]*i18n.Message{}
	names, err := fs.Glob(locales, path.Join("locales", lang, "*.toml"))
	for _, name := range names {
		messages, err := readMessages(locales, name)
		if err != nil {
			return nil, err
		}
		for _, m := range messages {
			all[m.ID] = m
		}
	}
	return all, err
}

// Pretend adds a language whose texts are those of English, each changed.
func (s *Site) Pretend(lang string, change func(string) string) error {
	texts, err := Texts("en")
	if err != nil {
		return err
	}
	table := map[string]any{}
	for id, m := range texts {
		table[id] = map[string]any{"one": change(m.One), "other": change(m.Other)}
		if m.One == "" {
			table[id] = change(m.Other)
		}
	}
	text, err := toml.Marshal(table)
	if err != nil {
		return err
	}
	files := fstest.MapFS{"locales/" + lang + "/all.toml": {Data: text}}
	all, err := readTongues(files, templates, s.assets)
	if err != nil {
		return err
	}
	s.tongues[lang] = all[lang]
	return nil
}

// Figures draws a template that has figures alone, in a language, at a time in Moscow seen from now.
func (s *Site) Figures(lang, text string, at, now time.Time) (string, error) {
	moscow := time.FixedZone("MSK", 3*60*60)
	t, err := template.New("").Funcs(s.tongues[lang].words(s.assets)).Parse(text)
	if err != nil {
		return "", err
	}
	var out strings.Builder
	err = t.Execute(&out, moment{at.In(moscow), now.In(moscow)})
	return html.UnescapeString(out.String()), err
}

// Asked is the language that is chosen for an Accept-Language.
func (s *Site) Asked(header string) string { return s.asked(header) }

// DeedKey is the key of the words for what the audit has; empty: it has none.
func DeedKey(what string) string {
	if name := cmp.Or(nodeDeeds[what], what); slices.Contains(deeds, name) {
		return "deed." + name
	}
	return ""
}
