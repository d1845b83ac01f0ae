package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"roadline/hardware"
)

// byGeneric are makers of whom no family names a product: the generic family drives their modules where they are listed.
var byGeneric = map[string]string{"1bc7": "Telit", "1199": "Sierra Wireless", "05c6": "Qualcomm", "2cb7": "Fibocom"}

// TestTheUdevRuleNamesTheMakersThatTheDriverKnows: a module that the rule does not name is ModemManager's, and the service
// may not open it.
func TestTheUdevRuleNamesTheMakersThatTheDriverKnows(t *testing.T) {
	rule, err := os.ReadFile("../../configs/packaging/60-roadline.rules")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]bool{}
	for id := range byGeneric {
		want[id] = true
	}
	for _, f := range hardware.Families() {
		for _, u := range f.USB {
			id := fmt.Sprintf("%04x", u.Vendor)
			if want[id] = true; byGeneric[id] != "" {
				t.Errorf("%s is known by %s: it is not for the generic family alone", id, f.Name)
			}
		}
	}
	lists := regexp.MustCompile(`ATTRS\{idVendor\}=="([^"]*)"`).FindAllStringSubmatch(string(rule), -1)
	if len(lists) != 2 {
		t.Fatalf("the rule has %d lists of makers, one for ModemManager and one for the ports", len(lists))
	}
	for _, list := range lists {
		has := map[string]bool{}
		for id := range strings.SplitSeq(list[1], "|") {
			if has[id] = true; !want[id] {
				t.Errorf("the rule names %s, which nobody knows", id)
			}
		}
		for id := range want {
			if !has[id] {
				t.Errorf("the rule does not name %s", id)
			}
		}
	}
}
