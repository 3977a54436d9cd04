//! A reference decryptor for encrypted frames, as ISO/IEC 23001-7 describes the schemes: what a CDM
//! would do (EME-8).

use aes::Aes128;
use aes::cipher::{Array, BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use mse_core::{CodedFrame, EncryptionPattern, FrameEncryption, ProtectionScheme, Subsample};

const BLOCK: usize = 16;

/// The clear bytes of a frame; those of a clear frame are as they are.
pub fn decrypt(frame: &CodedFrame, key: &[u8; 16]) -> Vec<u8> {
    let mut data = frame.data.to_vec();
    if let Some(encryption) = &frame.encryption {
        Decryptor::new(encryption, key).sample(encryption, &mut data);
    }
    data
}

struct Decryptor {
    cipher: Aes128,
    scheme: ProtectionScheme,
    pattern: EncryptionPattern,
    initial: [u8; BLOCK],
    /// CTR: the counter block; CBC: the ciphertext block before.
    vector: [u8; BLOCK],
    /// CTR: bytes of the current keystream block that are used up.
    used: usize,
}

impl Decryptor {
    fn new(encryption: &FrameEncryption, key: &[u8; 16]) -> Self {
        let mut initial = [0; BLOCK];
        let iv = encryption.initialization_vector();
        initial[..iv.len()].copy_from_slice(iv);
        let parameters = encryption.parameters();
        Self {
            cipher: Aes128::new(&Array::from(*key)),
            scheme: parameters.scheme,
            pattern: parameters.pattern,
            initial,
            vector: initial,
            used: 0,
        }
    }

    fn sample(&mut self, encryption: &FrameEncryption, data: &mut [u8]) {
        let size = data.len() as u32;
        let mut parts = encryption.subsamples_of(size);
        if parts.is_empty() {
            parts.push(Subsample { clear: 0, protected: size });
        }
        let mut rest = data;
        for Subsample { clear, protected } in parts {
            let (_, behind) = rest.split_at_mut(clear as usize);
            let (part, behind) = behind.split_at_mut(protected as usize);
            self.part(part);
            rest = behind;
        }
    }

    fn part(&mut self, part: &mut [u8]) {
        match self.scheme {
            ProtectionScheme::Cenc => self.counter(part),
            ProtectionScheme::Cbc1 => self.chain(part),
            ProtectionScheme::Cens => self.patterned(part, Self::counter),
            ProtectionScheme::Cbcs => {
                // Clause 10.4.2: each subsample begins with the vector of the sample.
                self.vector = self.initial;
                self.patterned(part, Self::chain);
            }
        }
    }

    /// Clause 9.6: only whole blocks are encrypted, and of those the pattern says which.
    fn patterned(&mut self, part: &mut [u8], decrypt: fn(&mut Self, &mut [u8])) {
        let EncryptionPattern { crypt, skip } = self.pattern;
        let whole = part.len() / BLOCK * BLOCK;
        if skip == 0 {
            return decrypt(self, &mut part[..whole]);
        }
        let (crypt, stride) = (usize::from(crypt) * BLOCK, usize::from(crypt + skip) * BLOCK);
        for run in part[..whole].chunks_mut(stride) {
            let length = crypt.min(run.len());
            decrypt(self, &mut run[..length]);
        }
    }

    fn counter(&mut self, part: &mut [u8]) {
        for byte in part {
            let mut stream = Array::from(self.vector);
            self.cipher.encrypt_block(&mut stream);
            *byte ^= stream[self.used];
            self.used += 1;
            if self.used == BLOCK {
                self.used = 0;
                let [.., c0, c1, c2, c3, c4, c5, c6, c7] = &mut self.vector;
                let count = u64::from_be_bytes([*c0, *c1, *c2, *c3, *c4, *c5, *c6, *c7]).wrapping_add(1);
                [*c0, *c1, *c2, *c3, *c4, *c5, *c6, *c7] = count.to_be_bytes();
            }
        }
    }

    fn chain(&mut self, part: &mut [u8]) {
        for block in part.chunks_exact_mut(BLOCK) {
            let mut coded = [0; BLOCK];
            coded.copy_from_slice(block);
            let mut clear = Array::from(coded);
            self.cipher.decrypt_block(&mut clear);
            for ((byte, clear), before) in block.iter_mut().zip(clear).zip(self.vector) {
                *byte = clear ^ before;
            }
            self.vector = coded;
        }
    }
}
