package configs

import "go.yaml.in/yaml/v3"

// KeysAt returns the keys that stand at a place of a company file, in the order of the text; none where there are none.
func KeysAt(text string, place ...string) []string {
	var keys []string
	if n := nodeAt(text, place); n != nil && n.Kind == yaml.MappingNode {
		for _, e := range entriesOf(n) {
			keys = append(keys, e.name)
		}
	}
	return keys
}

// ValuesAt returns the single values that stand at a place of a company file, one or the items of a list, as they are
// written.
func ValuesAt(text string, place ...string) []string {
	n := nodeAt(text, place)
	if n == nil || n.Kind == yaml.ScalarNode {
		n = &yaml.Node{Kind: yaml.SequenceNode, Content: []*yaml.Node{n}}
	}
	var values []string
	for _, x := range n.Content {
		if n.Kind == yaml.SequenceNode && x != nil && x.Kind == yaml.ScalarNode {
			values = append(values, x.Value)
		}
	}
	return values
}

// nodeAt is what stands at a place; nil: nothing, or the text cannot be read.
func nodeAt(text string, place []string) *yaml.Node {
	n, err := topOf(text)
	if err != nil {
		return nil
	}
	e := newEditor(n)
	for i, name := range place {
		if n.Kind != yaml.MappingNode && n.Kind != yaml.SequenceNode {
			return nil
		}
		at := e.find(n, place[:i], name)
		if at < 0 {
			return nil
		}
		n = n.Content[at]
	}
	return n
}
