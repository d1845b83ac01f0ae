package web

import (
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
	"github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"
	"golang.org/x/text/message"

	"roadline/cabinet/phrase"
)

// tongue is one language: its texts, and the templates that speak it.
type tongue struct {
	name    string // BCP 47, as in <html lang>
	texts   *i18n.Localizer
	core    *phrase.Language // of what the core says in English; nil: none
	figures *message.Printer
	screens map[string]*sheet // by screen
}

// tongueName is a language as its own speakers call it.
type tongueName struct{ Lang, Name string }

// tongueNames are the languages that a person may choose. English and Russian are complete; where one of the others has
// no text, the English one stands.
var tongueNames = []tongueName{{"en", "English"}, {"ru", "Русский"}, {"sw", "Kiswahili"}, {"th", "ไทย"}}

// readTongues reads the texts of every language, locales/<language>/<subject>.toml, and its templates.
func readTongues(locales, templates fs.FS, a *assets) (map[string]*tongue, error) {
	bundle := i18n.NewBundle(language.English)
	if err := readTexts(bundle, locales); err != nil {
		return nil, err
	}
	all := map[string]*tongue{}
	for _, tag := range bundle.LanguageTags() {
		t := &tongue{name: tag.String(), texts: i18n.NewLocalizer(bundle, tag.String(), "en"), core: phrase.In(tag.String()), figures: message.NewPrinter(tag)}
		var err error
		if t.screens, err = readScreens(templates, t, a); err != nil {
			return nil, err
		}
		all[t.name] = t
	}
	return all, nil
}

// readTexts reads all texts. The language is the folder's name; a key that two files of a language have is refused.
func readTexts(bundle *i18n.Bundle, locales fs.FS) error {
	names, err := fs.Glob(locales, "locales/*/*.toml")
	if err != nil {
		return fmt.Errorf("texts: %w", err)
	}
	where := map[string]string{}
	for _, name := range names {
		lang := path.Base(path.Dir(name))
		messages, err := readMessages(locales, name)
		if err != nil {
			return fmt.Errorf("texts %s: %w", name, err)
		}
		for _, m := range messages {
			if other := where[lang+" "+m.ID]; other != "" {
				return fmt.Errorf("texts %s: %q stands in %s too", name, m.ID, other)
			}
			where[lang+" "+m.ID] = name
		}
		if err := bundle.AddMessages(language.Make(lang), messages...); err != nil {
			return fmt.Errorf("texts %s: %w", name, err)
		}
	}
	return nil
}

func readMessages(files fs.FS, name string) ([]*i18n.Message, error) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return nil, err
	}
	var tables map[string]any
	if err := toml.Unmarshal(text, &tables); err != nil {
		return nil, err
	}
	return messagesOf("", tables)
}

// messagesOf are the texts of a table. A text is named by the tables that it stands in, with points between them. A table
// with "other" is one text in the plural forms of its language: one, few, many, other.
func messagesOf(id string, value any) ([]*i18n.Message, error) {
	switch v := value.(type) {
	case string:
		return []*i18n.Message{{ID: id, Other: v}}, nil
	case map[string]any:
		if other, ok := v["other"].(string); ok {
			form := func(name string) string { text, _ := v[name].(string); return text }
			return []*i18n.Message{{ID: id, One: form("one"), Few: form("few"), Many: form("many"), Other: other}}, nil
		}
		var all []*i18n.Message
		for key, below := range v {
			more, err := messagesOf(strings.TrimPrefix(id+"."+key, "."), below)
			if err != nil {
				return nil, err
			}
			all = append(all, more...)
		}
		return all, nil
	}
	return nil, fmt.Errorf("%s: write a text", id)
}

// say returns a text; args are names and values by turns. Of a text with plural forms, "N" says which. A text that no
// file has shows as its key in brackets, and the tests look for those.
func (t *tongue) say(key string, args ...any) string {
	values := map[string]any{}
	for pair := range slices.Chunk(args, 2) {
		if name, ok := pair[0].(string); ok && len(pair) == 2 {
			values[name] = pair[1]
		}
	}
	c := &i18n.LocalizeConfig{MessageID: key, TemplateData: values}
	if n, ok := values["N"].(int); ok {
		c.PluralCount = n
		shown := maps.Clone(values)
		shown["N"] = t.count(n)
		c.TemplateData = shown
	}
	text, err := t.texts.Localize(c)
	if text == "" && err != nil {
		return "[" + key + "]"
	}
	return text
}

// said is a sentence of the core in the language, English where it is not known.
func (t *tongue) said(sentence string) string { return t.core.Text(sentence) }

// marked is said for a page, which marks what stays English in a page of another language.
func (t *tongue) marked(sentence string) template.HTML {
	text, known := t.core.Say(sentence)
	shown := template.HTML(template.HTMLEscapeString(text))
	if known || text == "" || t.name == "en" {
		return shown
	}
	return `<span lang="en">` + shown + `</span>`
}
