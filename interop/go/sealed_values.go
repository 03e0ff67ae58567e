package main

import (
	"bytes"
	"crypto/hpke"
	"fmt"
)

// The stored bytes: "HFS1", suite, key id, encapsulation, ciphertext. See docs/sealing.md.
const headerBytes, encapsulationBytes = 21, 1120

type sealedValues struct {
	Key  struct{ PrivateKey string }
	Good []struct {
		Name, Sealed, AdditionalData, Record string
	}
}

func checkSealedValues(folder string) {
	var vectors sealedValues
	read(folder, "sealed-values.json", &vectors)
	key := must(hpke.MLKEM768X25519().NewPrivateKey(fromBase64url(vectors.Key.PrivateKey)))
	for _, each := range vectors.Good {
		record, err := open(key, fromBase64url(each.Sealed), fromBase64url(each.AdditionalData))
		expect(err == nil && bytes.Equal(record, fromBase64url(each.Record)), "sealed value %s opens: %v", each.Name, err)
		_, err = open(key, fromBase64url(each.Sealed), []byte("another place"))
		expect(err != nil, "sealed value %s does not open elsewhere", each.Name)
	}
}

func open(key hpke.PrivateKey, sealed, additionalData []byte) ([]byte, error) {
	if len(sealed) < headerBytes+encapsulationBytes {
		return nil, fmt.Errorf("too short")
	}
	encapsulation, ciphertext := sealed[headerBytes:headerBytes+encapsulationBytes], sealed[headerBytes+encapsulationBytes:]
	recipient, err := hpke.NewRecipient(encapsulation, key, hpke.HKDFSHA256(), hpke.AES256GCM(), []byte("holdfast/secret-value/v1"))
	if err != nil {
		return nil, err
	}
	return recipient.Open(additionalData, ciphertext)
}
