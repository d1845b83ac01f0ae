package gateway_test

import (
	"os"
	"path/filepath"
	"testing"

	"roadline/fmc/cause"
	"roadline/hardware/gateway"
)

func TestABookGivesNoNumberTwiceAlsoAfterARestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "book.json")
	given := map[int64]bool{}
	for range 3 {
		b, err := gateway.OpenBook(file)
		if err != nil {
			t.Fatal(err)
		}
		for range 1500 {
			n, err := b.Next()
			if err != nil {
				t.Fatal(err)
			}
			if given[n] || n < 1 {
				t.Fatalf("%d was given before", n)
			}
			given[n] = true
		}
	}
}

func TestABookRemembersHowFarMessagesWereRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "book.json")
	b, err := gateway.OpenBook(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, to := range []int64{5, 9, 7} {
		if err := b.HasRead("inbox", to); err != nil {
			t.Fatal(err)
		}
	}
	if b, err = gateway.OpenBook(file); err != nil || b.Read("inbox") != 9 || b.Read("other") != 0 {
		t.Errorf("it says %d, %v", b.Read("inbox"), err)
	}
	if err := b.HasRead("inbox", 0); err != nil || b.Read("inbox") != 0 {
		t.Errorf("a box that counts anew: %d, %v", b.Read("inbox"), err)
	}
}

func TestABookThatCannotBeUsedSaysSo(t *testing.T) {
	file := filepath.Join(t.TempDir(), "book.json")
	if err := os.WriteFile(file, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := gateway.OpenBook(file); cause.KindOf(err) != cause.Invalid {
		t.Errorf("a broken book: %v", err)
	}
	b, err := gateway.OpenBook(filepath.Join(t.TempDir(), "missing", "book.json"))
	if err != nil {
		t.Fatal(err)
	}
	if n, err := b.Next(); cause.KindOf(err) != cause.Unavailable {
		t.Errorf("a book without a place gave %d, %v", n, err)
	}
}
