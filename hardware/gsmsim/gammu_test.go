package gsmsim_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"roadline/hardware/gsmsim"
)

func TestGammuIdentifiesSendsAndReads(t *testing.T) {
	for _, model := range gsmsim.Makes() {
		t.Run(model.Name, func(t *testing.T) {
			t.Parallel()
			n := world(t, lively)
			card := gsmsim.NewCard(1)
			d := plug(t, n, model, card)
			config := write(t, filepath.Join(t.TempDir(), "gammurc"), "[gammu]\ndevice = "+d.Port(gsmsim.AT)+"\nconnection = at115200\n")

			out := must(t, nil, "gammu", "-c", config, "identify")
			for _, want := range []string{d.IMEI(), card.IMSI, model.Revision} {
				if !strings.Contains(out, want) {
					t.Errorf("gammu does not know %s:\n%s", want, out)
				}
			}

			must(t, nil, "gammu", "-c", config, "sendsms", "TEXT", "+491511", "-text", "hi ä")
			ctx, stop := context.WithTimeout(context.Background(), patience)
			defer stop()
			got, err := n.AwaitTexts(ctx, "+491511", 1)
			if err != nil {
				t.Fatal(err)
			}
			if got[0].Body != "hi ä" || got[0].From != card.Number {
				t.Errorf("there came %+v", got[0])
			}

			if err := n.Text("Roadnet", card.Number, "Баланс близок к нулю"); err != nil {
				t.Fatal(err)
			}
			until(t, "the text is on the card", func() bool { return n.Undelivered() == 0 })
			out = must(t, nil, "gammu", "-c", config, "getallsms")
			if !strings.Contains(out, "Баланс близок к нулю") || !strings.Contains(out, `"Roadnet"`) {
				t.Errorf("gammu reads another text:\n%s", out)
			}
		})
	}
}
