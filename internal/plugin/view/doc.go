// Package view turns objects of crossvpc into what people see: trees, tables and drawings. It is pure: it reads neither a
// cluster nor a clock.
package view
