package plan

import (
	"slices"

	"roadline/fmc"
)

// inWords is a phrase in the company's language.
func (d *decision) inWords(english, russian string) string {
	if d.c.Profile.Language == "ru" {
		return russian
	}
	return english
}

// text is what a person is sent whose mobile may ring on a SIM line, which shows only the SIM's number: who calls, and
// for which group (N22). A person who was lost or moves to another device knows it; a private call is told to nobody.
func (d *decision) text(lines []Candidate, group fmc.GroupID) string {
	switch {
	case d.c.Rules.Through.NoTexts, d.q.Private, d.q.Query.What == AskRescue, d.q.Query.What == AskMove:
		return ""
	case !slices.ContainsFunc(lines, func(c Candidate) bool { return c.Kind == fmc.SIMLine }):
		return ""
	}
	if told, ok := d.shows.texts[group]; ok {
		return told
	}
	text := d.inWords("Call from ", "Звонит ") + d.whoCalls()
	if g, ok := d.c.Group(group); ok && group != "" {
		name := g.Name
		if name == "" {
			name = string(g.ID)
		}
		text += d.inWords(", for ", ", для: ") + name
	}
	if d.shows.texts == nil {
		d.shows.texts = make(map[fmc.GroupID]string)
	}
	d.shows.texts[group] = text
	return text
}

// whoCalls is a colleague's name, or a client's number as it is written in every country.
func (d *decision) whoCalls() string {
	if e, ok := d.colleague(); ok {
		return nameOf(e)
	}
	if n := d.outsider(); n.E164 != "" {
		return n.Pretty("")
	}
	return d.hiddenWords()
}

func (d *decision) hiddenWords() string {
	return d.inWords("a hidden number", "скрытый номер")
}
