#!/usr/bin/env bash
# One would guess that a plain grey frame of 128 is 128 to a model in Java whether Deep Java Library's Image.resize() made it smaller before or not, and by 16 bits as by 8.
# resize() of a grey PNG of 8 bits makes 188 of 128 and 56 of 10: Java takes the values of a grey picture as proportional to light and turns them into those of sRGB on
# the way, which DJL avoids where it hands such a picture over, and nowhere else. A frame of 16 bits is handed over as 188 for 128 as it is, and as 223 when it was made
# smaller: turned twice. RGB of the same grey stays 128. NDImageUtils.resize(), on the array, is right.
# It matters where a model that was trained elsewhere runs in Java on a monochrome camera's frames: dark ones are bright, contrasts of the dark half are spread and those of the
# bright half are squeezed, and a trial with colour files shows nothing. What helps: toNDArray() before the resize, and frames of 16 bits brought to 8
# by hand, by their raster.
# Versions: DJL 0.38.0; Java 17, Maven.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cat >pom.xml <<'EOF'
<project xmlns="http://maven.apache.org/POM/4.0.0">
  <modelVersion>4.0.0</modelVersion>
  <groupId>grey</groupId>
  <artifactId>grey</artifactId>
  <version>1</version>
  <dependencies>
    <dependency>
      <groupId>ai.djl.onnxruntime</groupId>
      <artifactId>onnxruntime-engine</artifactId>
      <version>0.38.0</version>
    </dependency>
  </dependencies>
</project>
EOF
mvn -q -B -Dstyle.color=never dependency:copy-dependencies -DoutputDirectory=lib >maven.log
cat >Grey.java <<'EOF'
import ai.djl.modality.cv.Image;
import ai.djl.modality.cv.ImageFactory;
import ai.djl.ndarray.NDManager;
import java.awt.image.BufferedImage;
import java.io.File;
import javax.imageio.ImageIO;

public class Grey {
    // a plain PNG of a grey, of 8 bits, of 16, or as RGB, written by its values and checked by them
    static Image plain(int type, int grey) throws Exception {
        int value = type == BufferedImage.TYPE_USHORT_GRAY ? grey * 257 : grey;
        BufferedImage picture = new BufferedImage(64, 64, type);
        for (int at = 0; at < 64 * 64; at++) for (int band = 0; band < picture.getRaster().getNumBands(); band++) picture.getRaster().setSample(at % 64, at / 64, band, value);
        File file = new File("plain.png");
        ImageIO.write(picture, "png", file);
        if (ImageIO.read(file).getRaster().getSample(32, 32, 0) != value) throw new Exception("the file has another value");
        return ImageFactory.getInstance().fromFile(file.toPath());
    }

    static int handed(Image image) {
        try (NDManager manager = NDManager.newBaseManager()) {
            return image.toNDArray(manager).toByteArray()[0] & 255;
        }
    }

    // what sRGB has for a light of grey / 255
    static int sRgb(int grey) {
        double light = grey / 255.0;
        return (int) Math.round(255 * (light <= 0.0031308 ? 12.92 * light : 1.055 * Math.pow(light, 1 / 2.4) - 0.055));
    }

    public static void main(String[] arguments) throws Exception {
        boolean wrong = false;
        for (int grey : new int[] {10, 50, 128, 200}) {
            for (int type : new int[] {BufferedImage.TYPE_BYTE_GRAY, BufferedImage.TYPE_USHORT_GRAY, BufferedImage.TYPE_3BYTE_BGR}) {
                String name = type == BufferedImage.TYPE_BYTE_GRAY ? "8 bits" : type == BufferedImage.TYPE_USHORT_GRAY ? "16 bits" : "RGB";
                Image image = plain(type, grey);
                int whole = handed(image), smaller = handed(image.resize(32, 32, false)), part = handed(image.getSubImage(8, 8, 32, 32));
                System.out.printf("grey %d, %s: %d to the model, %d made smaller, %d cut out%n", grey, name, whole, smaller, part);
                int once = sRgb(grey), twice = sRgb(once);
                boolean sixteen = name.equals("16 bits"), eight = name.equals("8 bits");
                wrong |= Math.abs(whole - (sixteen ? once : grey)) > 1 || whole != part;
                wrong |= Math.abs(smaller - (sixteen ? twice : eight ? once : grey)) > 2;
            }
        }
        if (wrong) {
            System.out.println("changed: other greys");
            System.exit(1);
        }
    }
}
EOF
javac -cp 'lib/*' Grey.java
java -Djava.awt.headless=true -cp 'lib/*:.' Grey 2>java.log || { cat java.log; exit 1; }
