package configs

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// PlaceAt returns the place in the text of a company file that a line belongs to, as far within as it can be told: keys,
// and the ids of what lists hold, as a Change takes them. Nil where the text cannot be read or nothing begins before.
func PlaceAt(text string, line int) []string {
	top, err := topOf(text)
	if err != nil {
		return nil
	}
	return placeAt(nil, top, line)
}

func placeAt(place []string, n *yaml.Node, line int) []string {
	entries := entriesOf(n)
	if n.Kind == yaml.SequenceNode {
		if len(place) != 1 {
			return place
		}
		entries, _ = named(n, listed[place[0]])
	}
	for _, e := range slices.Backward(entries) {
		if startOf(n, e) <= line {
			return placeAt(append(slices.Clone(place), e.name), e.value, line)
		}
	}
	return place
}

// startOf is the line on which an entry begins: of a key, or of an item.
func startOf(n *yaml.Node, e entry) int {
	if n.Kind == yaml.MappingNode {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if n.Content[i+1] == e.value {
				return n.Content[i].Line
			}
		}
	}
	return e.value.Line
}
