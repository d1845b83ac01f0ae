package web_test

import (
	"encoding/json"
	"testing"

	"roadline/cabinet/web/webtest"
	"roadline/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// One browser walks all journeys: each is a file in journeys, told apart in the output.
func TestJourneysInARealBrowser(t *testing.T) {
	c := webtest.Open(t)
	c.On("wires", func(json.RawMessage) (any, error) { return map[string]any{"call": aCall(c)}, nil })
	c.On("calls", seedJourney(c))
	road(c)
	seedFleet(c)
	c.Drain(talkedDaily(webtest.ReadyCard, 10, 20)...)
	seedLive(c)
	c.Journeys()
}
