package demo

import (
	"flag"
	"testing"

	"roadline/store/storetest"
)

var update = flag.Bool("update", false, "write the golden files anew")

func TestMain(m *testing.M) { storetest.Main(m) }
