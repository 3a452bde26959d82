package controlplane

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

// authority is a certificate authority that lives as long as its cluster.
type authority struct {
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  []byte
}

// keyPair is a certificate with its key, PEM encoded.
type keyPair struct {
	cert []byte
	key  []byte
}

func newAuthority(name string) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the authority %s: %w", name, err)
	}
	template := certificate(pkix.Name{CommonName: name})
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, fmt.Errorf("make the authority %s: %w", name, err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, fmt.Errorf("make the authority %s: %w", name, err)
	}
	return &authority{cert: cert, key: key, pem: encodeCertificate(der)}, nil
}

// issue signs a certificate that serves on loopback and identifies a client alike.
// Kubernetes reads the user from the common name and the groups from the organizations.
func (a *authority) issue(user string, groups ...string) (keyPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return keyPair{}, fmt.Errorf("issue a certificate to %s: %w", user, err)
	}
	template := certificate(pkix.Name{CommonName: user, Organization: groups})
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1), net.IPv4(10, 96, 0, 1)}
	template.DNSNames = []string{"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc"}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, key.Public(), a.key)
	if err != nil {
		return keyPair{}, fmt.Errorf("issue a certificate to %s: %w", user, err)
	}
	keyPEM, err := encodeKey(key)
	return keyPair{cert: encodeCertificate(der), key: keyPEM}, err
}

func certificate(subject pkix.Name) *x509.Certificate {
	serial, _ := rand.Int(rand.Reader, big.NewInt(0).Lsh(big.NewInt(1), 120)) // never fails since Go 1.24
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      subject,
		NotBefore:    time.Now().Add(-time.Hour), // clocks of a user's machines may differ
		NotAfter:     time.Now().AddDate(0, 1, 0),
	}
}

func encodeCertificate(der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
}

func encodeKey(key *ecdsa.PrivateKey) ([]byte, error) {
	der, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode a key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}), nil
}

// pki is every certificate and key of one cluster, as files.
type pki struct {
	clients *authority // signs the API server and its clients
	etcd    *authority // signs etcd and its one client: a client of the API must not pass for it
}

// Files of a cluster's pki folder.
const (
	clientCAFile    = "ca.crt"
	apiServerFile   = "apiserver"
	serviceKeyFile  = "service-account.key"
	etcdCAFile      = "etcd-ca.crt"
	etcdFile        = "etcd"
	certificateExt  = ".crt"
	keyExt          = ".key"
	privateFileMode = 0o600
)

func newPKI(path func(string) string) (*pki, error) {
	clients, err := newAuthority("crossvpc-test-kubernetes")
	if err != nil {
		return nil, err
	}
	etcd, err := newAuthority("crossvpc-test-etcd")
	if err != nil {
		return nil, err
	}
	p := &pki{clients: clients, etcd: etcd}
	return p, p.write(path)
}

func (p *pki) write(path func(string) string) error {
	apiServer, err := p.clients.issue("kube-apiserver")
	if err != nil {
		return err
	}
	etcd, err := p.etcd.issue("etcd")
	if err != nil {
		return err
	}
	signer, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return fmt.Errorf("make the key of service account tokens: %w", err)
	}
	serviceKey, err := encodeKey(signer)
	if err != nil {
		return err
	}
	for name, content := range map[string][]byte{
		clientCAFile:                   p.clients.pem,
		apiServerFile + certificateExt: apiServer.cert,
		apiServerFile + keyExt:         apiServer.key,
		serviceKeyFile:                 serviceKey,
		etcdCAFile:                     p.etcd.pem,
		etcdFile + certificateExt:      etcd.cert,
		etcdFile + keyExt:              etcd.key,
	} {
		if err := os.WriteFile(path(name), content, privateFileMode); err != nil {
			return fmt.Errorf("write the cluster's certificates: %w", err)
		}
	}
	return nil
}
