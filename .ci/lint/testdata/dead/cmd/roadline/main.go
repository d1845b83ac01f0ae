// Command roadline reaches some of part.
package main

import "roadline/part"

func main() { part.Live() }
