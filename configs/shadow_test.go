package configs_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"roadline/configs"
	"roadline/fmc"
)

const twoCards = `company: a
country: RU
sims:
  - {iccid: "8970101234567890123", number: "+79031112233"}
  - {iccid: "8970101234567890131", number: "+79031112244"}
`

func TestTheNightsOfCardsAreRead(t *testing.T) {
	c, err := configs.ReadCompany("f", []byte(twoCards+`shadow: {window: "23:30-04:00", minutes: 20, messages: 10, card_minutes: 2, card_messages: 1,
  cards: ["8970101234567890123", "8970101234567890131"], texts: false}`))
	if err != nil {
		t.Fatal(err)
	}
	want := fmc.ShadowRules{
		From: 23*time.Hour + 30*time.Minute, Until: 4 * time.Hour, Minutes: 20, Messages: 10, CardMinutes: 2, CardMessages: 1,
		Cards: []fmc.ICCID{"8970101234567890123", "8970101234567890131"}, WithoutTexts: true,
	}
	if got := c.Rules.Shadow; !reflect.DeepEqual(got, want) || !got.On() {
		t.Errorf("%+v", got)
	}
	if c, err = configs.ReadCompany("f", []byte(twoCards)); err != nil || c.Rules.Shadow.On() {
		t.Errorf("without a word of it: %+v, %v", c, err)
	}
}

func TestNightsThatCannotBeAreRefused(t *testing.T) {
	for written, says := range map[string]string{
		`{minutes: 5}`:                        "window: 02:00-05:00",
		`{window: "2-5"}`:                     "write a time of the night",
		`{window: "02:00-02:00"}`:             "write a time of the night",
		`{window: [a]}`:                       "write a time of the night",
		`{window: "02:00-05:00", minutes: 0}`: "minutes",
		`{window: "02:00-05:00", calls: false, texts: false}`:                            "neither calls nor texts",
		`{window: "02:00-05:00", cards: ["8970101234567890123"]}`:                        "nobody to call",
		`{window: "02:00-05:00", cards: ["8970101234567890123", "8970101234567890149"]}`: "does not stand under",
	} {
		if _, err := configs.ReadCompany("f", []byte(twoCards+"shadow: "+written)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", written, err)
		}
	}
}
