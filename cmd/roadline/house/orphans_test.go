package house

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"roadline/fmc"
	"roadline/fmc/cause"
)

func TestLegsThatAreNotHungUpAreTriedByTheStartAfterTheNext(t *testing.T) {
	file := filepath.Join(t.TempDir(), "orphans.json")
	first := orphans{file: file}
	if err := first.leave([]fmc.Dialog{{CallID: "a"}}); err != nil {
		t.Fatal(err)
	}
	second := orphans{file: file} // killed before it hung up
	if err := second.leave([]fmc.Dialog{{CallID: "b"}}); err != nil {
		t.Fatal(err)
	}
	third := orphans{file: file}
	if err := third.leave(nil); err != nil || len(third.legs) != 2 || third.legs[0].CallID != "a" || third.legs[1].CallID != "b" {
		t.Fatalf("%v: %+v", err, third.legs)
	}
	if err := third.done(); err != nil {
		t.Fatal(err)
	}
	fourth := orphans{file: file}
	if err := fourth.leave(nil); err != nil || len(fourth.legs) != 0 {
		t.Fatalf("%v: hung up twice: %+v", err, fourth.legs)
	}
	if err := fourth.done(); err != nil {
		t.Fatal(err)
	}
}

func TestAListOfLegsThatCannotBeReadIsNamedAndNewOnesAreHungUp(t *testing.T) {
	o := orphans{file: filepath.Join(t.TempDir(), "orphans.json")}
	if err := os.WriteFile(o.file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := o.leave([]fmc.Dialog{{CallID: "a"}}); !errors.Is(err, cause.Invalid) || len(o.legs) != 1 {
		t.Fatalf("%v: %+v", err, o.legs)
	}
}
