package house

import (
	"os"
	"path/filepath"
	"testing"

	"roadline/fmc"
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

func TestAListOfLegsThatCannotBeReadIsNamed(t *testing.T) {
	o := orphans{file: filepath.Join(t.TempDir(), "orphans.json")}
	if err := os.WriteFile(o.file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := o.leave(nil); err == nil {
		t.Fatal("read")
	}
}
