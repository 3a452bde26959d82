// Package bundle packs what a maintainer needs to judge a case into one archive, without secrets.
package bundle
