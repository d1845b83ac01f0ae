package house

import (
	"context"
	"log/slog"
	"slices"
	"testing"

	"roadline/configs"
	"roadline/fmc"
	"roadline/fmc/cause"
)

func TestACompanyThatCouldNotBeToldOfATrunkIsToldAtTheNextLook(t *testing.T) {
	m := &configs.Machine{Trunks: []configs.Trunk{{ID: "carrier-a", Grants: []configs.Grant{{Company: "acme"}, {Company: "other"}}}}}
	var told []string
	away := map[fmc.CompanyID]bool{"acme": true}
	n := trunkNews{house: &House{m: m, log: slog.New(slog.DiscardHandler)}, dead: map[companyTrunk]bool{}, raise: func(_ context.Context, company fmc.CompanyID, e fmc.Event) error {
		if away[company] {
			return cause.Errorf(cause.Unavailable, "PostgreSQL is away")
		}
		is, _ := e.Data.(fmc.TrunkTold)
		told = append(told, string(company)+map[bool]string{true: " ready", false: " lost"}[is.Ready])
		return nil
	}}
	companies := []*fmc.Company{{Profile: fmc.Profile{ID: "acme"}}, {Profile: fmc.Profile{ID: "other"}}, {Profile: fmc.Profile{ID: "without"}}}
	look := func(ready bool) {
		n.tell(t.Context(), companies, fmc.TrunkTold{Trunk: "carrier-a", Ready: ready})
	}
	look(true) // at the start it is taken to be there
	look(false)
	away["acme"] = false
	look(false)
	look(false)
	look(true)
	if want := []string{"other lost", "acme lost", "acme ready", "other ready"}; !slices.Equal(told, want) {
		t.Errorf("told were %q, want %q", told, want)
	}
}
