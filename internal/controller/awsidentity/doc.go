// Package awsidentity reconciles AWSIdentities: it finds out which account the
// credentials of each belong to, says what is missing where they do not work,
// and holds the deletion of one that is still used.
package awsidentity
