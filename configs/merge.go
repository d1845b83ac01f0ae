package configs

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// Conflict is a place of a company file that two people changed in different ways. What each has there is in one line;
// empty: nothing any more.
type Conflict struct {
	Place        string
	Mine, Theirs string
}

// Merge makes the changes that lead from a base to mine in theirs, which was made from the same base. Where the two touch
// different places the result has both; where they meet it has mine if that is wanted, else theirs, and the conflict is
// told. Comments and layout are those of theirs, but within what mine changed. Errors are those of EditCompany.
func Merge(base, mine, theirs string, keepMine bool) (merged string, conflicts []Conflict, err error) {
	was, err := topOf(base)
	if err != nil {
		return "", nil, err
	}
	own, err := topOf(mine)
	if err != nil {
		return "", nil, err
	}
	newest, err := topOf(theirs)
	if err != nil {
		return "", nil, err
	}
	var wanted []Change
	others := changesOf(nil, was, newest)
	for _, c := range changesOf(nil, was, own) {
		met := slices.IndexFunc(others, func(o Change) bool { return meet(c.Place, o.Place) })
		if met >= 0 && slices.Equal(c.Place, others[met].Place) && words(c.Value) == words(others[met].Value) {
			continue
		}
		if met >= 0 {
			conflicts = append(conflicts, Conflict{Place: placeWords(c.Place), Mine: words(c.Value), Theirs: words(others[met].Value)})
		}
		if met < 0 || keepMine {
			wanted = append(wanted, c)
		}
	}
	merged, err = EditCompany(theirs, wanted...)
	return merged, conflicts, err
}

// meet reports that two places are the same, or one lies in the other.
func meet(a, b []string) bool {
	n := min(len(a), len(b))
	return slices.Equal(a[:n], b[:n])
}

// words is a change's value in one line.
func words(v Value) string {
	if v == nil {
		return ""
	}
	return flow(v.node())
}

// placeWords is a place as Difference writes it.
func placeWords(place []string) string {
	path := ""
	for _, name := range place {
		path = join(path, name)
	}
	return path
}

// written is a value as it stands in another text, with its comments.
type written struct{ at *yaml.Node }

func (w written) node() *yaml.Node { return unplaced(w.at) }

// unplaced is a copy of a node that stands nowhere yet.
func unplaced(n *yaml.Node) *yaml.Node {
	c := *n
	c.Line, c.Column, c.Content = 0, 0, nil
	for _, x := range n.Content {
		c.Content = append(c.Content, unplaced(x))
	}
	return &c
}

// changesOf are the changes that lead from one node to another, each as far within as it can be told: by keys, and by
// the ids of what the lists of a company file hold.
func changesOf(place []string, was, is *yaml.Node) []Change {
	if was.Kind != is.Kind {
		return []Change{{slices.Clone(place), written{is}}}
	}
	switch {
	case is.Kind == yaml.MappingNode:
		return entryChanges(place, entriesOf(was), entriesOf(is))
	case is.Kind == yaml.SequenceNode && len(place) == 1 && listed[place[0]] != "":
		before, ok1 := named(was, listed[place[0]])
		now, ok2 := named(is, listed[place[0]])
		if ok1 && ok2 && slices.Equal(common(before, now), common(now, before)) {
			return entryChanges(place, before, now)
		}
	}
	if alike(was, is) {
		return nil
	}
	return []Change{{slices.Clone(place), written{is}}}
}

func entryChanges(place []string, was, is []entry) []Change {
	var all []Change
	for _, e := range is {
		at := append(slices.Clone(place), e.name)
		if old := slices.IndexFunc(was, func(o entry) bool { return o.name == e.name }); old >= 0 {
			all = append(all, changesOf(at, was[old].value, e.value)...)
		} else {
			all = append(all, Change{at, written{e.value}})
		}
	}
	for _, e := range was {
		if !slices.ContainsFunc(is, func(o entry) bool { return o.name == e.name }) {
			all = append(all, Change{Place: append(slices.Clone(place), e.name)})
		}
	}
	return all
}
