package web

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"roadline/cabinet/document"
	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
)

// field is one field of a form that changes the company's document: how it is called, what stands in it, and of which
// key of the document it is. The template "fields" draws it.
type field struct {
	Name    string // of the input, and of the key
	Label   string
	Help    string
	Kind    fieldKind
	Value   string
	Values  []string // of asSeveral, in place of Value
	Choices []choice // of asChoice and asSeveral
	Must    bool
	Wrong   string

	under  []string // of keys between the form's place and the key
	usual  string   // what counts where the key is not written: it is not written then
	spelt  bool     // it is a word of the document, which needs no quotes
	change func(value string) []configs.Change
	same   bool // the person left it as it was
}

// fieldKind is how a field is drawn.
type fieldKind string

// The kinds.
const (
	asLine    fieldKind = "text"
	asPhone   fieldKind = "tel"
	asMail    fieldKind = "email"
	asDay     fieldKind = "date"
	asProse   fieldKind = "prose" // several lines
	asChoice  fieldKind = "choose"
	asSeveral fieldKind = "several"
	asYes     fieldKind = "yes"
)

// choice is one of those that a field offers.
type choice struct{ Value, Label string }

// Chosen reports whether a choice is made.
func (f field) Chosen(value string) bool {
	return value == f.Value && f.Kind != asSeveral || slices.Contains(f.Values, value)
}

// fill puts what a person wrote into the fields. Numbers are read by the plan of a country.
func fill(fields []field, f form, country string) {
	for i := range fields {
		x := &fields[i]
		was, several := x.Value, x.Values
		switch x.Kind {
		case asSeveral:
			x.Values = slices.DeleteFunc(slices.Clone(f.Values(x.Name)), func(s string) bool { return s == "" })
		case asYes:
			x.Value = cmp.Or(f.Value(x.Name), "false")
		case asPhone:
			x.Value = fmc.Peer(f.Value(x.Name), country)
		case asLine, asMail, asDay, asProse, asChoice:
			x.Value = strings.ReplaceAll(f.Value(x.Name), "\r\n", "\n")
		}
		x.same = x.Value == was && slices.Equal(x.Values, several)
	}
}

// changesOf are what the fields change of what stands at a place of the document.
func changesOf(fields []field, place ...string) []configs.Change {
	var all []configs.Change
	for _, x := range fields {
		switch {
		case x.same:
		case x.change != nil:
			all = append(all, x.change(x.Value)...)
		default:
			all = append(all, configs.Change{Place: slices.Concat(place, x.under, []string{x.Name}), Value: x.value()})
		}
	}
	return all
}

// value is what the field makes of the document; nil: nothing is written.
func (f field) value() configs.Value {
	if f.Kind == asSeveral {
		var list configs.List
		for _, v := range f.Values {
			list = append(list, configs.Text(v))
		}
		if len(list) == 0 {
			return nil
		}
		return list
	}
	switch {
	case f.Value == "" || f.Value == f.usual:
		return nil
	case f.spelt || f.Kind == asYes || f.Kind == asDay:
		return configs.Word(f.Value)
	}
	return configs.Text(f.Value)
}

// made are the fields as a whole item that is new.
func made(fields []field) configs.Pairs {
	var all configs.Pairs
	for _, x := range fields {
		v := x.value()
		switch {
		case v == nil:
		case len(x.under) == 0:
			all = append(all, configs.Pair{Key: x.Name, Value: v})
		default:
			i := slices.IndexFunc(all, func(p configs.Pair) bool { return p.Key == x.under[0] })
			if i < 0 {
				all = append(all, configs.Pair{Key: x.under[0], Value: configs.Pairs{{Key: x.Name, Value: v}}})
				continue
			}
			within, _ := all[i].Value.(configs.Pairs)
			all[i].Value = append(within, configs.Pair{Key: x.Name, Value: v})
		}
	}
	return all
}

// refused puts why a change was refused to the fields that it is about, and returns what is about none of them. An error
// that is no refusal comes back as it is.
func (v *visit) refused(fields []field, err error) (general string, other error) {
	m, ok := errors.AsType[*document.Mistaken](err)
	switch {
	case !ok && cause.KindOf(err) == 0:
		return "", err
	case !ok:
		return v.said(err.Error()), nil
	}
	for _, mistake := range m.Mistakes {
		i := slices.IndexFunc(fields, func(x field) bool { return len(mistake.Place) > 2 && slices.Contains(mistake.Place[2:], x.Name) })
		if i >= 0 && fields[i].Wrong == "" {
			fields[i].Wrong = v.said(mistake.Text)
		} else if i < 0 {
			general = cmp.Or(general, v.said(mistake.Text))
		}
	}
	return general, nil
}
