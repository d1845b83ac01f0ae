package web_test

import (
	"encoding/json"
	"fmt"

	"roadline/cabinet/web/webtest"
	"roadline/callerid"
	"roadline/fmc"
	"roadline/fmc/call"
	"roadline/fmc/cause"
	"roadline/fmc/plan"
)

// dialling is a call that Anna wanted, at each step of its life.
func dialling(step string) (call.Call, error) {
	phone := call.Party{Role: fmc.Worker, Who: call.Who{Employee: "anna", Device: "anna/mobile"}, Link: fmc.Up, Assent: fmc.Granted}
	client := call.Party{Role: fmc.Client, Link: fmc.Alerting, Number: callerid.Number{E164: "+79160000001"}}
	c := call.Call{
		ID: webtest.Begun, Company: "acme", Began: webtest.Now,
		Request: plan.Request{Company: "acme", Direction: fmc.Outbound, Employee: "anna", To: callerid.Number{E164: "+79160000001"}, Dialled: "+79160000001"},
	}
	switch step {
	case "rings":
		phone.Link, phone.Assent = fmc.Alerting, fmc.Awaited
		c.Parties = []call.Party{phone}
	case "taken":
		phone.Assent = fmc.Awaited
		c.Parties = []call.Party{phone}
	case "dialling":
		c.Parties = []call.Party{phone, client}
	case "talks":
		client.Link = fmc.Up
		c.Parties = []call.Party{phone, client}
		c.Wiring.Talks = []call.Talk{{}}
	case "unanswered":
		phone.Link = fmc.Gone
		c.Parties = []call.Party{phone}
		c.End = &call.Ending{Cause: cause.Cause{Meaning: cause.NoAnswer}}
	case "over":
		c.End = &call.Ending{Cause: cause.Cause{Meaning: cause.Hangup}}
	default:
		return c, fmt.Errorf("no step %q", step)
	}
	return c, nil
}

// road lets journeys have Anna's call go on, and hear what was wished of it.
func road(c *webtest.Cabinet) {
	c.On("dial", func(args json.RawMessage) (any, error) {
		var step string
		if err := json.Unmarshal(args, &step); err != nil {
			return nil, err
		}
		if step == "none" {
			c.Calls.Live()
			return nil, nil
		}
		x, err := dialling(step)
		if err == nil {
			c.Calls.Live(x)
		}
		return nil, err
	})
	c.On("wished", func(json.RawMessage) (any, error) {
		_, wished := c.Calls.Asked()
		var kinds []string
		for _, w := range wished {
			if w.Kind == call.WishHangUp {
				kinds = append(kinds, "hang-up")
			}
		}
		return kinds, nil
	})
}
