package plan_test

import (
	"errors"
	"strings"
	"testing"

	"roadline/fmc"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

func try() plan.Try {
	return plan.Try{Device: "d", Role: fmc.Worker, For: second, Lines: []plan.Candidate{{Line: "l"}}}
}

func TestAPlanThatCannotBeFollowedIsFound(t *testing.T) {
	end := plan.Node{Do: plan.End}
	say := plan.Node{Do: plan.Say, Say: "hello"}
	ring := func(change func(*plan.Try)) []plan.Node {
		x := try()
		change(&x)
		return []plan.Node{{Do: plan.Ring, For: second, Tries: []plan.Try{x}}, end}
	}
	for name, row := range map[string]struct {
		nodes []plan.Node
		want  string
	}{
		"nothing":                     {nil, "without nodes"},
		"no op":                       {[]plan.Node{{}}, "does not exist"},
		"an op of the future":         {[]plan.Node{{Do: 200}}, "does not exist"},
		"a jump out":                  {[]plan.Node{{Do: plan.Say, Say: "a", On: map[plan.Outcome]int{plan.Done: 2}}, end}, "leads to node 2"},
		"a jump before the beginning": {[]plan.Node{{Do: plan.Say, Say: "a", On: map[plan.Outcome]int{plan.Done: -1}}, end}, "leads to node -1"},
		"a key that leads out":        {[]plan.Node{{Do: plan.Gather, Keys: map[string]int{"1": 7}}, end}, "leads to node 7"},
		"a key nobody has":            {[]plan.Node{{Do: plan.Gather, Keys: map[string]int{"a": 1}}, end}, "nobody can key"},
		"keys of a Say":               {[]plan.Node{{Do: plan.Say, Say: "a", Keys: map[string]int{"1": 1}}, end}, "only a Gather"},
		"no keys":                     {[]plan.Node{{Do: plan.Gather, Say: "a"}, end}, "keys or how many"},
		"a silent Say":                {[]plan.Node{{Do: plan.Say}, end}, "a prompt"},
		"a time below zero":           {[]plan.Node{{Do: plan.Say, Say: "a", For: -1}, end}, "below zero"},
		"nobody to ring":              {[]plan.Node{{Do: plan.Ring, For: second}, end}, "devices to ring"},
		"no time to ring":             {[]plan.Node{{Do: plan.Ring, Tries: []plan.Try{try()}}, end}, "how long"},
		"no device":                   {ring(func(x *plan.Try) { x.Device = "" }), "a device or a role"},
		"no role":                     {ring(func(x *plan.Try) { x.Role = 0 }), "a device or a role"},
		"a try in the past":           {ring(func(x *plan.Try) { x.After = -1 }), "rings after"},
		"a try for no time":           {ring(func(x *plan.Try) { x.For = 0 }), "rings after"},
		"no line":                     {ring(func(x *plan.Try) { x.Lines = nil }), "has no line"},
		"a line without a name":       {ring(func(x *plan.Try) { x.Lines[0].Line = "" }), "without a name"},
		"a wait for nobody":           {[]plan.Node{{Do: plan.Wait, For: second}, end}, "a group"},
		"a wait for ever":             {[]plan.Node{{Do: plan.Wait, Group: "g"}, end}, "a longest wait"},
		"a message for nobody":        {[]plan.Node{{Do: plan.Mail, Say: "a"}, end}, "whom the message is for"},
		"a place nowhere":             {[]plan.Node{{Do: plan.Park}, end}, "a slot"},
		"a gift to nobody":            {[]plan.Node{{Do: plan.Give, Gift: fmc.Take}, end}, "to whom"},
		"no gift":                     {[]plan.Node{{Do: plan.Give, Whom: fmc.LegID{Call: "1", N: 1}}, end}, "a gift"},
		"a question without a group":  {[]plan.Node{{Do: plan.Ask, Query: plan.Query{What: plan.AskGroup}}}, "a group"},
		"one without a person":        {[]plan.Node{{Do: plan.Ask, Query: plan.Query{What: plan.AskPerson}}}, "a person"},
		"one without a scenario":      {[]plan.Node{{Do: plan.Ask, Query: plan.Query{What: plan.AskScenario}}}, "a scenario"},
		"the first question again":    {[]plan.Node{{Do: plan.Ask}}, "none of a call's middle"},
		"a node nothing leads to":     {[]plan.Node{end, say}, "nothing leads to node 1"},
		"a circle of prompts":         {[]plan.Node{say, {Do: plan.Say, Say: "b", On: map[plan.Outcome]int{plan.Done: 0}}}, "in a circle"},
		"a circle of rings": {[]plan.Node{{
			Do: plan.Ring, For: second, Tries: []plan.Try{try()}, On: map[plan.Outcome]int{plan.Congested: 0},
		}, end}, "in a circle"},
	} {
		t.Run(name, func(t *testing.T) {
			err := plan.Plan{Nodes: row.nodes}.Check()
			if err == nil || !strings.Contains(err.Error(), row.want) || !errors.Is(err, cause.Invalid) {
				t.Fatalf("%v, want %q", err, row.want)
			}
		})
	}
	noticeless := plan.Plan{Nodes: []plan.Node{end}, Recording: plan.Policy{Record: true}}
	if err := noticeless.Check(); err == nil || !strings.Contains(err.Error(), "names no notice") {
		t.Fatal(err)
	}
}

func TestACircleWithAMenuOrAWaitInItIsNone(t *testing.T) {
	p := plan.Plan{Nodes: []plan.Node{
		{Do: plan.Say, Say: "a"},
		{Do: plan.Gather, Say: "menu", Most: 1, On: map[plan.Outcome]int{plan.Done: 0, plan.TimedOut: 2}},
		{Do: plan.Wait, Group: "g", For: second, On: map[plan.Outcome]int{plan.Done: 3, plan.TimedOut: 4}},
		{Do: plan.Ring, For: second, Tries: []plan.Try{try()}, On: map[plan.Outcome]int{plan.Won: 4, plan.NoAnswer: 2, plan.Busy: 0}},
		{Do: plan.End},
	}}
	if err := p.Check(); err != nil {
		t.Fatal(err)
	}
}
